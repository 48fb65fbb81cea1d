/// What a start found in the journal.
package struct JournalRecovery: Equatable, Sendable {
    /// Records read.
    package private(set) var records: UInt64 = 0
    /// Number of the first record read, `nil` when there was none.
    package private(set) var first: UInt64?
    /// Number of the last record read, `nil` when there was none.
    package private(set) var last: UInt64?
    /// Bytes cut off the end: a write the crash interrupted, never acknowledged.
    package internal(set) var tornBytes = 0
    /// Bytes before the end that could not be read: the disk damaged acknowledged records.
    package internal(set) var damagedBytes = 0
    /// Numbers between the records read that are not there.
    package private(set) var gaps: [ClosedRange<UInt64>] = []

    mutating func note(_ sequence: UInt64) {
        if let last, last + 1 < sequence { gaps.append(last + 1...sequence - 1) }
        first = first ?? sequence
        last = sequence
        records += 1
    }

    /// Whether every record from `keepFrom` through `sequence`, both of a committed state, is here.
    /// If not, windows that were open at that commit are incomplete.
    package func covers(from keepFrom: UInt64, through sequence: UInt64) -> Bool {
        guard keepFrom <= sequence else { return true }
        guard let first, let last, first <= keepFrom, last >= sequence else { return false }
        return !gaps.contains { $0.overlaps(keepFrom...sequence) }
    }
}
