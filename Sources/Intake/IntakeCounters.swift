package import Signals

/// What one stream, one asset or the whole gateway sent since the start.
package struct IntakeCount: Equatable, Sendable {
    /// `nil` for messages that belong to no known asset.
    package var asset: AssetName?
    /// `nil` for messages that belong to no known stream of the asset.
    package var stream: StreamName?
    package var acceptedTotal: Int
    package var rejectedTotal: [Rejection: Int]
    package var repairedTotal: [Repair: Int]
}

/// The counters behind one `IntakeCount`.
struct Tally: Equatable, Sendable {
    var acceptedTotal = 0
    var rejectedTotal: [Rejection: Int] = [:]
    var repairedTotal: [Repair: Int] = [:]

    mutating func count(_ rejection: Rejection, times: Int = 1) {
        guard times > 0 else { return }
        rejectedTotal[rejection, default: 0] += times
    }

    mutating func count(_ repair: Repair) {
        repairedTotal[repair, default: 0] += 1
    }

    func count(asset: AssetName?, stream: StreamName?) -> IntakeCount {
        IntakeCount(
            asset: asset, stream: stream, acceptedTotal: acceptedTotal,
            rejectedTotal: rejectedTotal, repairedTotal: repairedTotal)
    }
}
