import Diagnosis
import Foundation
package import Learning
import Signals

// The report as sentences and tables, for the terminal and for the page.
extension DiagnosisReport {
    /// One line for a plant, then each finding as a paragraph.
    package var summary: [String] {
        let wrong = findings.count { $0.severity == .wrong }
        let doubtful = findings.count { $0.severity == .doubtful }
        let notes = findings.count { $0.severity == .note }
        return [
            "\(windows) windows of \(assets.count == 1 ? "1 asset" : "\(assets.count) assets"): "
                + (findings.isEmpty
                    ? "nothing to report."
                    : "\(wrong) wrong, \(doubtful) doubtful, \(notes) to note.")
        ]
    }

    /// Worst first: what, on what evidence, how sure, and what to do.
    package var paragraphs: [String] {
        findings.map { finding in
            """
            \(finding.severity.name): \(finding.headline)
              \(finding.evidence) Confidence \(Int((finding.confidence * 100).rounded(.down))) %.
              \(finding.advice)
            """
        }
    }

    package var tables: [PageTable] {
        var tables: [PageTable] = []
        if !lags.isEmpty {
            tables.append(
                PageTable(
                    title: "Offsets between senses (s; the second is behind; - cannot be told)",
                    columns: [
                        .init("offset", digits: 2, better: nil),
                        .init("deviation", digits: 2, better: nil),
                        .init("confidence", digits: 2, better: nil),
                        .init("agreement", digits: 2, better: nil),
                    ],
                    rows: lags.map {
                        .init(
                            "\($0.asset) \($0.from)-\($0.to)",
                            [
                                $0.seconds, $0.seconds == nil ? nil : $0.deviationSeconds,
                                $0.seconds == nil ? nil : $0.confidence, $0.agreement,
                            ])
                    }))
        }
        if !pairings.isEmpty {
            tables.append(
                PageTable(
                    title: "Windows that do not go with the other senses (share, at most)",
                    columns: [
                        .init("share", digits: 2, better: nil),
                        .init("worst hour", digits: 2, better: nil),
                    ],
                    rows: pairings.map {
                        .init(
                            "\($0.asset) \($0.stream)",
                            [$0.share, $0.hours.filter { $0.windows >= 60 }.map(\.share).max()])
                    }))
        }
        if !space.isEmpty {
            let isLearned = space.contains { $0.bilinear != nil || $0.network != nil }
            tables.append(
                PageTable(
                    title: "Geometry of the unified space, and R@1 by measure",
                    columns: ([
                        "gap", "Gauss W2", "sliced W2", "alignment", "uniformity", "rank", "cosine",
                        "centred", "Euclid", "Manhattan", "chi2",
                    ] + (isLearned ? ["bilinear", "network"] : [])).map {
                        .init($0, digits: 3, better: nil)
                    },
                    rows: space.map {
                        .init(
                            "\($0.asset) \($0.from)-\($0.to)",
                            [
                                $0.gap, $0.gaussianW2, $0.slicedW2, $0.alignment, $0.uniformity,
                                $0.effectiveRank, $0.cosine, $0.centredCosine, $0.euclid,
                                $0.manhattan, $0.chiSquare,
                            ] + (isLearned ? [$0.bilinear, $0.network] : []))
                    }))
        }
        return tables + factorTables
    }

    private var factorTables: [PageTable] {
        Dictionary(grouping: factors, by: \.asset).sorted { $0.key < $1.key }.map { asset, own in
            let senses = Set(own.flatMap(\.raw.keys)).sorted()
            let aligned = Set(own.flatMap(\.aligned.keys)).sorted()
            return PageTable(
                title: "What each sense of \(asset) knows of a factor (R2; raw, then aligned)",
                columns: senses.map { .init($0, digits: 2, better: nil) }
                    + aligned.map { .init("\($0)'", digits: 2, better: nil) },
                rows: own.map { factor in
                    .init(
                        "\(factor.isBlind ? "blind: " : "")\(factor.owner.map { "\($0) " } ?? "")\(factor.name)"
                            + (factor.verdict.map { ", \($0)" } ?? ""),
                        senses.map { factor.raw[$0] } + aligned.map { factor.aligned[$0] })
                })
        }
    }

    /// The whole report as one page.
    package var page: EvaluationPage {
        var page = EvaluationPage(
            title: "Diagnosis of \(assets.count == 1 ? assets[0] : "\(assets.count) assets")")
        page.introduction = summary
        page.listings = [
            PageListing(
                title: "Findings, worst first",
                columns: ["", "what", "evidence", "confidence", "what to do"],
                rows: findings.map {
                    [
                        $0.severity.name, $0.headline, $0.evidence,
                        "\(Int(($0.confidence * 100).rounded(.down))) %", $0.advice,
                    ]
                }, whenEmpty: "Nothing to report.")
        ]
        page.tables = tables
        return page
    }
}
