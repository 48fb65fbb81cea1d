import Fusion
import Learning
import LinearAlgebra
import Signals

/// Does it help to trim or to weigh the centroid when one sense is bad, and where: in training, in
/// service, or in both?
struct RobustCentroids {
    private struct Setting {
        let senses: Int
        /// Share of the training windows in which one sense saw another window.
        let spoilt: Double
        let rule: CentroidRule
    }

    /// What a rule in service makes of test windows, half of which have one bad sense.
    private struct Outcome {
        /// AUC of the largest disagreement, bad windows against good ones.
        let detection: Double
        /// Share of the bad windows whose bad sense disagrees most.
        let localisation: Double
        /// Share of the bad windows whose class a ridge probe reads off the centroid.
        let reading: Double
        /// The same of the good windows.
        let readingOfGood: Double

        var figures: [Double] { [detection, localisation, reading, readingOfGood] }
    }

    private let seeds = 3
    private let settings = [3, 4].flatMap { senses in
        [0, 0.1, 0.3].flatMap { spoilt in
            CentroidRule.allCases.map { Setting(senses: senses, spoilt: spoilt, rule: $0) }
        }
    }

    func run(_ machine: Machine) -> Report {
        let outcomes = machine.runAll(settings.count * seeds) { job in
            judgements(settings[job / seeds], seed: UInt64(job % seeds))
        }
        func figures(_ setting: Int, _ service: Int, _ measure: Int) -> Figures {
            Figures((0..<seeds).map { outcomes[setting * seeds + $0][service].figures[measure] })
        }
        var report = Report()
        report.write("## Robust centroids: one bad sense among three or four")
        report.write(
            """
            Ladder's data with 12 of 16 coordinates for every sense. In a share of the training windows
            one sense saw another window (spoilt); in half of the test windows too, and these are to be
            found by the largest disagreement of a sense with the centroid of the others. Rules, in
            training and in service: plain mean; trimmed, without the sense of least agreement; weighted
            by a softmax of the agreements. Detection: AUC; localised: the bad sense disagrees most;
            read: the class of a bad window is read off its centroid. Each cell: rule in service plain /
            trimmed / weighted. Mean of seeds 0 to \(seeds - 1).
            """)
        report.table(
            ["senses", "spoilt", "rule in training", "detection", "localised", "read"],
            settings.indices.map { k in
                let setting = settings[k]
                let cells = (0..<3).map { measure in
                    (0..<3).map { short(figures(k, $0, measure).mean) }.joined(separator: " / ")
                }
                return [
                    "\(setting.senses)", short(setting.spoilt, digits: 1), setting.rule.name,
                ] + cells
            })
        compare(changes(figures), into: &report)
        return report
    }

    /// How much a rule changes against the plain mean, seed by seed: in training with plain service,
    /// or in service after plain training.
    private struct Change {
        let senses: Int
        let spoilt: Double
        let rule: CentroidRule
        let isInService: Bool
        /// Of detection, localisation, reading bad windows, reading good windows.
        let figures: [Figures]
    }

    private func changes(_ figures: (Int, Int, Int) -> Figures) -> [Change] {
        settings.indices.filter { settings[$0].rule == .mean }.flatMap { plain in
            CentroidRule.allCases.enumerated().dropFirst().flatMap { offset, rule in
                [(plain + offset, 0), (plain, offset)].map { setting, service in
                    Change(
                        senses: settings[plain].senses, spoilt: settings[plain].spoilt, rule: rule,
                        isInService: service > 0,
                        figures: (0..<4).map {
                            figures(setting, service, $0).minus(figures(plain, 0, $0))
                        })
                }
            }
        }
    }

    private func compare(_ changes: [Change], into report: inout Report) {
        report.write("Against the plain mean, paired by seed (mean ± deviation):")
        report.table(
            ["senses", "spoilt", "rule", "detection", "localised", "read, bad", "read, good"],
            changes.map { change in
                [
                    "\(change.senses)", short(change.spoilt, digits: 1),
                    "\(change.rule.name) in \(change.isInService ? "service" : "training")",
                ] + change.figures.map(\.text)
            })
        func extremes(_ measure: Int, of changes: [Change]) -> ClosedRange<Double> {
            let means = changes.map { $0.figures[measure].mean }
            return (means.min() ?? 0)...(means.max() ?? 0)
        }
        func text(_ range: ClosedRange<Double>) -> String {
            "\(short(range.lowerBound)) to \(short(range.upperBound))"
        }
        let (detection, localisation) = (extremes(0, of: changes), extremes(1, of: changes))
        let slight = -0.01...0.01
        report.claim(
            "no rule, in training or in service, changes detection or localisation by .01.",
            holds: slight.contains(detection.lowerBound) && slight.contains(detection.upperBound)
                && slight.contains(localisation.lowerBound)
                && slight.contains(localisation.upperBound),
            "Detection \(text(detection)), localisation \(text(localisation)).")
        for senses in [3, 4] {
            let trimmed = changes.filter {
                $0.senses == senses && $0.isInService && $0.rule == .trimmed
            }
            let gain = extremes(2, of: trimmed)
            report.claim(
                "trimmed in service, the centroid of \(senses) senses says more of a bad window.",
                holds: gain.lowerBound > 0,
                "Read better by \(text(gain)); good windows by \(text(extremes(3, of: trimmed))).")
        }
        report.endList()
        let training = changes.filter { !$0.isInService }
        report.write(
            """
            In training a rule changes the reading of bad windows by \(text(extremes(2, of: training)))
            and of good ones by \(text(extremes(3, of: training))).
            """)
        report.write(
            """
            A disagreement is measured against the centroid of the others, which leaves out the suspect
            already: trimming has nothing to add there. It keeps a bad sense out of the window's place in
            the space, at a price when no sense is bad. So the plain mean is the default, in training and
            for the scores.
            """)
    }

    /// One outcome per rule in service.
    private func judgements(_ setting: Setting, seed: UInt64) -> [Outcome] {
        var random = SeededGenerator(seed: seed)
        var data = LatentSenses(
            coordinates: { random in
                (0..<setting.senses).map { _ in
                    Array((0..<LatentSenses.latents).shuffled(using: &random).prefix(12))
                }
            }, using: &random)
        let clean = data.training
        _ = data.training.replaceOneSense(inShare: setting.spoilt, using: &random)
        var centroid = Objective.Centroid()
        centroid.rule = setting.rule
        let encoders = ContrastiveTraining(.centroid(centroid)).run(data.training, using: &random)
        var test = data.test
        let bad = test.replaceOneSense(inShare: 0.5, using: &random)
        let trainAnchors = embed(clean, by: encoders)
        let testAnchors = embed(test, by: encoders)
        return CentroidRule.allCases.map { rule in
            judge(
                trainAnchors.map { anchor($0, rule) }, clean.labels,
                testAnchors.map { anchor($0, rule) }, test.labels, bad: bad)
        }
    }

    /// Per window, its senses' embeddings by name.
    private func embed(
        _ part: LatentSenses.Part, by encoders: EncoderGroup
    ) -> [[(name: StreamName, common: [Float])]] {
        let z = part.senses.enumerated().map { encoders.embed($1, sense: $0) }
        return (0..<part.count).map { window in
            z.enumerated().map { m, z in
                (name: StreamName("\(m)"), common: z.row(window).map { Float($0) })
            }
        }
    }

    private func anchor(
        _ parts: [(name: StreamName, common: [Float])], _ rule: CentroidRule
    ) -> Anchor {
        guard let anchor = Anchor(of: parts, vanishing: 0.1, rule: rule) else {
            preconditionFailure("a window has senses")
        }
        return anchor
    }

    private func judge(
        _ training: [Anchor], _ trainingLabels: [Int], _ test: [Anchor], _ testLabels: [Int],
        bad: [Int?]
    ) -> Outcome {
        /// 1 − agreement of each sense; a centroid of the others that vanishes agrees with nothing.
        let disagreements = test.map { anchor in
            (0..<anchor.agreement.count).map { m in
                1 - ((anchor.agreement[StreamName("\(m)")] ?? nil) ?? 0)
            }
        }
        let worst = disagreements.map { $0.max() ?? 0 }
        let badWindows = bad.indices.filter { bad[$0] != nil }
        let goodWindows = bad.indices.filter { bad[$0] == nil }
        let found = badWindows.count { disagreements[$0].firstIndex(of: worst[$0]) == bad[$0] }
        let probe = RidgeProbe(
            embeddings: rows(training), labels: trainingLabels, classes: LatentSenses.classes)
        func reading(_ windows: [Int]) -> Double {
            probe.accuracy(
                rows(windows.map { test[$0] }), labels: windows.map { testLabels[$0] })
        }
        return Outcome(
            detection: areaUnderROC(
                anomalous: badWindows.map { worst[$0] }, calm: goodWindows.map { worst[$0] })
                ?? .nan,
            localisation: Double(found) / Double(max(1, badWindows.count)),
            reading: reading(badWindows), readingOfGood: reading(goodWindows))
    }

    private func rows(_ anchors: [Anchor]) -> Matrix {
        Matrix(
            rows: anchors.count, columns: anchors.first?.centroid.count ?? 0,
            floats: anchors.flatMap(\.centroid)
        ).unitRows
    }
}

extension CentroidRule {
    fileprivate var name: String {
        switch self {
        case .mean: "plain"
        case .trimmed: "trimmed"
        case .weighted: "weighted"
        }
    }
}
