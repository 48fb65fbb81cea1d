/// The table at the end of a watch that knew the faults: what was injected, and what was noticed when.
package struct FaultReport: Sendable {
    private let ledger: FaultLedger
    private let nowMs: Int64

    package init(_ ledger: FaultLedger, nowMs: Int64) {
        self.ledger = ledger
        self.nowMs = nowMs
    }

    package var noticed: Int { ledger.entries.count(where: \.isNoticed) }

    /// Why this watch is no success, as a sentence; `nil` when verdicts came and a fault was noticed.
    package var failure: String? {
        if ledger.scoredWindows == 0 { return "No score was published." }
        if ledger.entries.isEmpty { return "No fault was injected while we watched." }
        if noticed == 0 { return "None of the injected faults was noticed." }
        return nil
    }

    /// `clock` writes a time of day.
    package func lines(clock: (Int64) -> String) -> [String] {
        guard !ledger.entries.isEmpty else { return ["no fault was injected"] }
        let rows = ledger.entries.map { row($0, clock) }
        let over = ledger.entries.count { !ledger.isOpen($0, nowMs: nowMs) }
        let header = ["asset", "fault", "sense", "began", "noticed after", "score"]
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let table = ([header] + rows).map { cells in
            zip(cells, widths).map(padded).joined(separator: "  ").trimmingEnd
        }
        let scored = ledger.scoredWindows
        return table + [
            "",
            "\(noticed) of \(over) faults noticed; \(ledger.falseWindows) of \(scored) scored "
                + "windows were at the alarm threshold without a fault",
        ]
    }

    private func row(_ entry: FaultLedger.Entry, _ clock: (Int64) -> String) -> [String] {
        let isEverywhere = entry.fault.streams.count > 2
        let noticed =
            entry.noticedAfterMs.map(seconds)
            ?? entry.missingAfterMs.map { "missing \(seconds($0))" }
            ?? (ledger.isOpen(entry, nowMs: nowMs) ? "still on" : "no")
        return [
            entry.fault.asset, entry.fault.kind,
            isEverywhere ? "all" : entry.fault.streams.joined(separator: ", "),
            clock(entry.fault.fromMs), noticed, entry.score.map(decimal) ?? "-",
        ]
    }

    private func seconds(_ milliseconds: Int64) -> String {
        "\(decimal(Double(milliseconds) / 1000)) s"
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}
