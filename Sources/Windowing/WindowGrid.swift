/// Where windows lie: window `k` covers `[k · hop, k · hop + length)`.
///
/// Aligned to the Unix epoch, so that two gateways, or one before and after a restart, cut the same
/// windows. Times before 1970 lie on the same grid, hence division towards minus infinity.
struct WindowGrid: Sendable {
    /// Nanoseconds.
    let length: Int64
    let hop: Int64

    init(length: Int64, hop: Int64) {
        precondition(0 < hop && hop <= length, "hop \(hop) ns does not fit length \(length) ns")
        self.length = length
        self.hop = hop
    }

    func start(of window: Int64) -> Int64 { window * hop }

    func end(of window: Int64) -> Int64 { window * hop + length }

    /// The first window that ends after `time`: the first one a sample of that time can be in.
    func firstEnding(after time: Int64) -> Int64 { floored(time - length) + 1 }

    /// The last window whose frames, reaching back `lookback` from its end, include `time`.
    func lastReaching(_ time: Int64, lookback: Int64) -> Int64 {
        floored(time + lookback - length)
    }

    /// The last window that has begun at `time`.
    func lastBegun(at time: Int64) -> Int64 { floored(time) }

    private func floored(_ time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: hop)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
