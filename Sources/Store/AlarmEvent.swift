package import Signals

/// One step of an asset's alarm, as the history keeps it.
package struct AlarmEvent: Equatable, Sendable {
    package var asset: AssetName
    package var at: EventTime
    /// Life before and after, as ISA-18.2 names them: `normal`, `unacknowledged`, ...
    package var from: String
    package var to: String
    /// What happened: `raised`, `cleared`, `acknowledged`, ...
    package var change: String
    /// Somebody was to look up.
    package var rings: Bool
    /// Among the asset's steps; tells several of one time apart.
    package var step: Int64?
    /// Who made the step: `anchord`, or the operator's name.
    package var who: String
    package var why: String
    package var score: Double?
    package var blame: String?
    /// What the verdict said.
    package var reason: String?

    package init(
        asset: AssetName, at: EventTime, from: String, to: String, change: String,
        rings: Bool = false, step: Int64? = nil, who: String, why: String, score: Double?,
        blame: String? = nil, reason: String? = nil
    ) {
        self.asset = asset
        self.at = at
        self.from = from
        self.to = to
        self.change = change
        self.rings = rings
        self.step = step
        self.who = who
        self.why = why
        self.score = score
        self.blame = blame
        self.reason = reason
    }
}

/// A stretch of an asset's time that an operator has named.
package struct LabelRow: Equatable, Sendable {
    /// 0 before it is stored.
    package var id: Int64
    package var asset: AssetName
    package var from: EventTime
    package var to: EventTime
    /// `fault`, `false_alarm`, `planned` or `state`.
    package var kind: String
    package var name: String
    package var who: String
    package var why: String
    package var createdMs: Int64

    package init(
        id: Int64 = 0, asset: AssetName, from: EventTime, to: EventTime, kind: String,
        name: String, who: String, why: String, createdMs: Int64
    ) {
        self.id = id
        self.asset = asset
        self.from = from
        self.to = to
        self.kind = kind
        self.name = name
        self.who = who
        self.why = why
        self.createdMs = createdMs
    }
}

package enum LabelChange: Equatable, Sendable {
    case add(LabelRow)
    /// The row of the same asset, stretch, kind and name.
    case remove(LabelRow)
}
