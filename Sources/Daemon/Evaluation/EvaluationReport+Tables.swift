package import Learning

// The report as tables, for the terminal and for the page.
extension EvaluationReport {
    package var tables: [PageTable] {
        [main] + (faults.isEmpty ? [] : [detection("AUC", \.auc), detection("AP", \.ap)])
            + (pairRows.isEmpty ? [] : [pairTable]) + [statesTable].compactMap(\.self)
    }

    private static let spaceColumns: [(PageTable.Column, @Sendable (Space) -> Double)] = [
        (.init("R@1"), { $0.recallAt1 }),
        (.init("R@5"), { $0.recallAt5 }),
        (.init("MRR"), { $0.meanReciprocalRank }),
        (.init("matched"), { $0.matched }),
        (.init("unmatched", better: nil), { $0.unmatched }),
        (.init("alignment", better: .lower), { $0.alignment }),
        (.init("uniformity", better: .lower), { $0.uniformity }),
    ]

    private var main: PageTable {
        let detects = !faults.isEmpty
        return PageTable(
            title: "Models",
            columns: Self.spaceColumns.map(\.0)
                + (detects ? [.init("AUC"), .init("AP")] : [])
                + [.init("windows", digits: 0, better: nil)],
            rows: rows.map { row in
                let all = row.detection[DetectionFigures.all]
                return PageTable.Row(
                    row.name,
                    Self.spaceColumns.map { _, figure in row.space.map(figure) }
                        + (detects ? [all?.auc, all?.ap] : []) + [Double(row.windows)])
            })
    }

    private func detection(_ name: String, _ figure: (Detection) -> Double) -> PageTable {
        let kinds = faults + [DetectionFigures.all]
        return PageTable(
            title: "Detection: \(name) by kind of fault", columns: kinds.map { .init($0) },
            rows: rows.map { row in
                PageTable.Row(row.name, kinds.map { row.detection[$0].map(figure) })
            })
    }

    private var pairRows: [PageTable.Row] {
        rows.flatMap { row in
            row.pairs.map { pair in
                PageTable.Row(
                    "\(row.name): \(pair.from) to \(pair.to)",
                    Self.spaceColumns.map { _, figure in figure(pair.figures) }
                        + precisionColumns.map { $0.figure(pair) })
            }
        }
    }

    /// Only where somebody tagged windows with states.
    private var precisionColumns: [(name: String, figure: (Pair) -> Double?)] {
        let all: [(name: String, figure: (Pair) -> Double?)] = [
            ("mAP", { $0.precision }), ("mAP, states", { $0.statePrecision }),
        ]
        return all.filter { column in
            rows.contains { $0.pairs.contains { column.figure($0) != nil } }
        }
    }

    private var statesTable: PageTable? {
        let read = rows.compactMap { row in row.states.map { (row.name, $0) } }
        guard !read.isEmpty else { return nil }
        let senses = Set(read.flatMap(\.1.bySense.keys)).sorted()
        return PageTable(
            title: "States read rightly",
            columns: [.init("all senses")] + senses.map { .init($0) }
                + [.init("windows", digits: 0, better: nil)],
            rows: read.map { name, states in
                PageTable.Row(
                    name,
                    [states.accuracy] + senses.map { states.bySense[$0] }
                        + [Double(states.windows)])
            })
    }

    private var pairTable: PageTable {
        PageTable(
            title: "Pairs of senses",
            columns: Self.spaceColumns.map { .init($0.0.name, digits: $0.0.digits, better: nil) }
                + precisionColumns.map { .init($0.name, better: nil) },
            rows: pairRows)
    }

    /// What the figures do not say: assets that a row leaves out, and senses.
    package var remarks: [String] {
        var remarks = notes
        for row in rows {
            remarks += row.unserved.map { "\(row.name) cannot serve \($0.asset): \($0.reason)." }
            remarks += row.assets.filter { !$0.leftOut.isEmpty }.map {
                "\(row.name) on \($0.name) leaves \($0.leftOut.joined(separator: ", ")) out of "
                    + "its space and of every pair."
            }
        }
        return remarks
    }

    /// One line on what was compared on what.
    package var summary: String {
        "\(assets.count) asset\(assets.count == 1 ? "" : "s"), "
            + "\(windowsFitted) windows to fit on, \(windowsJudged) later ones judged."
    }
}
