package import Signals

/// What one stream, one asset or the whole gateway sent since the start.
package struct IntakeCount: Equatable, Sendable {
    /// `nil` for messages that belong to no known asset.
    package var asset: AssetName?
    /// `nil` for messages that belong to no known stream of the asset.
    package var stream: StreamName?
    package var acceptedTotal: Int
    /// All messages, by the promise of delivery they came with. Of known streams only.
    package var received: QoSCount
    package var rejectedTotal: [Rejection: Int]
    package var repairedTotal: [Repair: Int]
}

/// How many messages came with which promise of delivery.
///
/// What a broker delivers carries the lesser of the publisher's QoS and the subscription's, so a
/// stream published with 0 comes with 0, whatever was subscribed and granted.
package struct QoSCount: Equatable, Sendable {
    package private(set) var atMostOnce = 0
    package private(set) var atLeastOnce = 0
    package private(set) var exactlyOnce = 0
    /// Of the newest message; `nil` before the first.
    package private(set) var newest: QoS?

    package init() {}

    package var total: Int { atMostOnce + atLeastOnce + exactlyOnce }

    mutating func count(_ qos: QoS) {
        newest = qos
        switch qos {
        case .atMostOnce: atMostOnce += 1
        case .atLeastOnce: atLeastOnce += 1
        case .exactlyOnce: exactlyOnce += 1
        }
    }
}

/// The counters behind one `IntakeCount`.
struct Tally: Equatable, Sendable {
    var acceptedTotal = 0
    var received = QoSCount()
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
            asset: asset, stream: stream, acceptedTotal: acceptedTotal, received: received,
            rejectedTotal: rejectedTotal, repairedTotal: repairedTotal)
    }
}
