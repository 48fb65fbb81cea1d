import Signals

/// The alarms of the whole gateway in their order: how many rang lately, and which one was first.
///
/// In: rings, and the passing of event time. A value that the history in the Store brings back after a
/// restart. Event times of different machines are compared here, as their windows are.
struct AlarmBoard {
    private struct Ring {
        var asset: AssetName
        var at: EventTime
    }

    /// Of the last `floodSpan`, oldest first.
    private var lately: [Ring] = []
    /// The first and the newest of the alarms that follow each other closely.
    private var group: (first: Ring, newest: EventTime)?
    /// The first of its group, by asset.
    private var firstOf: [AssetName: Ring] = [:]
    private var newest: EventTime?
    private let firstOutWithin: Duration

    /// More rings than this in this time is a flood: more than one person can answer.
    static let floodMax = 10
    static let floodSpan = Duration.seconds(600)
    /// Kept at most; a longer flood is counted as this many.
    static let ringsMax = 4096

    init(firstOutWithin: Duration) {
        self.firstOutWithin = firstOutWithin
    }

    /// Alarms that rang within `floodSpan` of the newest window.
    var recent: Int { lately.count }

    var isFlood: Bool { lately.count > Self.floodMax }

    /// The alarm that began the group which this asset's newest alarm belongs to.
    func firstOut(of asset: AssetName) -> (asset: AssetName, at: EventTime)? {
        firstOf[asset].map { ($0.asset, $0.at) }
    }

    mutating func pass(_ time: EventTime) {
        guard time > newest ?? EventTime(nanoseconds: .min) else { return }
        newest = time
        let since = time - Self.floodSpan
        if let first = lately.first, first.at <= since { lately.removeAll { $0.at <= since } }
    }

    mutating func ring(_ asset: AssetName, at time: EventTime) {
        pass(time)
        let ring = Ring(asset: asset, at: time)
        lately.append(ring)
        if lately.count > Self.ringsMax { lately.removeFirst() }
        if var group, time <= group.newest + firstOutWithin,
            time + firstOutWithin >= group.first.at
        {
            if time < group.first.at { group.first = ring }
            group.newest = max(group.newest, time)
            self.group = group
        } else {
            group = (ring, time)
        }
        firstOf[asset] = group?.first
    }

    mutating func forget(_ asset: AssetName) {
        firstOf[asset] = nil
        lately.removeAll { $0.asset == asset }
    }
}
