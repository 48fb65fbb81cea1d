/// The findings that stand of one asset, look by look: what appears, changes and goes.
///
/// A finding is told when two looks in a row have it. Every look alone is wrong with the chance of
/// `DiagnosisSettings.level`, and there are dozens a day; two that share no window are wrong together in the
/// square of it. It goes when three looks that could tell do not have it, or twelve that could not: of a
/// machine that stands still nothing can be told, and that is no repair. So one finding is told or taken back
/// once in five looks at most, however it flaps. A value; the same looks give the same board.
package struct FindingBoard: Equatable, Sendable, Codable {
    package struct Entry: Equatable, Sendable, Codable {
        /// As it was told, or found first.
        package var finding: Finding
        /// End of the newest window of the look that had it first, in milliseconds since 1970.
        package var sinceMs: Int64
        /// Two looks in a row had it.
        package var isTold: Bool
        /// What speaks against it; at `doubtMax` it goes.
        var doubt = 0
    }

    private var entries: [Entry] = []
    /// Looks still to come before a lag is corrected again.
    private var looksToPause = 0

    static let doubtMax = 12
    static let doubtWhenTold = 4
    static let doubtWhenUntold = 1
    /// After a correction its effect is waited for, and one that overshot must not be chased.
    static let pauseLooks = 4

    package init() {}

    /// What is told, worst first.
    package var told: [Entry] {
        entries.filter(\.isTold).sorted { Finding.isWorse($0.finding, $1.finding) }
    }

    package var isEmpty: Bool { entries.isEmpty && looksToPause == 0 }

    /// Takes in one look.
    ///
    /// - Parameters:
    ///   - look: the next one, of this asset.
    ///   - hop: in seconds.
    /// - Returns: whether what is told has changed.
    package mutating func take(_ look: DiagnosisLook, hop: Double) -> Bool {
        let before = told.map(\.finding)
        // Windows of a stream that is another machine's do not go with the others; that is no news.
        let findings = isAstray ? look.findings.filter { $0.kind != .pairing } : look.findings
        if look.kinds.contains(.lag) { looksToPause = max(0, looksToPause - 1) }
        for k in entries.indices where look.kinds.contains(entries[k].finding.kind) {
            let known = entries[k].finding
            if let found = findings.first(where: { $0.isSame(as: known) }) {
                entries[k].doubt = 0
                if !entries[k].isTold || found.differs(from: known, hop: hop) {
                    entries[k].finding = found
                }
                entries[k].isTold = true
            } else {
                let isTold =
                    known.stream.map { look.told.contains(DiagnosisLook.key(known.kind, $0)) }
                    ?? true
                entries[k].doubt += isTold ? Self.doubtWhenTold : Self.doubtWhenUntold
            }
        }
        entries.removeAll { $0.doubt >= Self.doubtMax || (!$0.isTold && $0.doubt > 0) }
        for found in findings
        where !entries.contains(where: { $0.finding.isSame(as: found) }) {
            entries.append(Entry(finding: found, sinceMs: look.atMs, isTold: false))
        }
        return told.map(\.finding) != before
    }

    /// Lags that are told, where one may be corrected now.
    package var correctable: [Finding] {
        guard looksToPause == 0 else { return [] }
        // What is another machine's is not late.
        let astray = Set(
            told.map(\.finding).filter { [.swapped, .misplaced, .copy].contains($0.kind) }
                .map(\.stream))
        return told.map(\.finding).filter { $0.kind == .lag && !astray.contains($0.stream) }
    }

    /// The stream's stamps are moved from now on: its lag, and what came of it, is seen anew.
    package mutating func noteCorrection() {
        entries.removeAll { [.lag, .pairing].contains($0.finding.kind) }
        looksToPause = Self.pauseLooks
    }

    private var isAstray: Bool {
        entries.contains {
            $0.isTold && [.swapped, .misplaced, .copy].contains($0.finding.kind)
        }
    }
}

extension Finding {
    /// The same thing, seen again. A lag stays one when a third sense can or cannot be told.
    package func isSame(as known: Finding) -> Bool {
        kind == .lag
            ? kind == known.kind && asset == known.asset && stream == known.stream
            : identity == known.identity
    }

    /// By so much that it is told again.
    fileprivate func differs(from told: Finding, hop: Double) -> Bool {
        if severity != told.severity { return true }
        let least =
            switch kind {
            case .lag: hop / 2
            case .pairing: 0.1
            case .swapped, .misplaced, .copy, .drift, .blind: Double.infinity
            }
        return abs(size - told.size) > max(least, abs(told.size) / 4)
    }
}
