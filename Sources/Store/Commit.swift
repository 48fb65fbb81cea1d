package import Signals

/// Everything one state commit writes, in one transaction: all of it is remembered, or none.
///
/// `sequence` joins it to the journal: inputs up to that number are contained in the states, later
/// ones are processed again after a crash, with the same verdicts.
package struct Commit: Equatable, Sendable {
    /// Number of the newest input contained in these states.
    package var sequence: UInt64
    /// Number of the oldest input an open window still needs; `sequence + 1` when none does.
    package var keepFrom: UInt64
    /// `Journal.id`: at the next start another one means that later inputs may be lost.
    package var journalID: String
    /// State of the whole gateway; `nil`: unchanged.
    package var gatewayState: [UInt8]?
    /// States that may have changed. A blob equal to the stored one is not written again.
    package var assetStates: [AssetState] = []
    /// Applied before the appends.
    package var archiveRemovals: [ArchiveRemoval] = []
    package var archiveAppends: [ArchiveRow] = []
    package var verdicts: [VerdictRow] = []
    package var outboxAdd: [OutboxMessage] = []
    /// Numbers of delivered publications, as `outbox` gave them.
    package var outboxRemove: [Int64] = []
    package var alarmEvents: [AlarmEvent] = []
    /// In the order given.
    package var labelChanges: [LabelChange] = []
    package var healthEvents: [HealthEvent] = []
    package var recallRows: [RecallRow] = []
    package var seenBefore: [SeenBeforeRow] = []
    /// Assets of which nothing is to remain; applied before `outboxAdd`, after everything else.
    package var forgotten: [AssetName] = []
    /// The last commit before an orderly stop.
    package var isFinal = false

    package init(sequence: UInt64, keepFrom: UInt64, journalID: String) {
        self.sequence = sequence
        self.keepFrom = keepFrom
        self.journalID = journalID
    }
}

/// What became of a commit, beside that it holds.
package struct CommitOutcome: Equatable, Sendable {
    /// Waiting publications that gave way because the outbox was full.
    package var outboxDropped = 0
    /// Verdicts stored before with another score or alarm: a fault of ours, to be counted.
    package var verdictsContradicted = 0
    /// Bytes of state that were the same as stored and not written.
    package var stateBytesSkipped = 0
}

/// One named part of an asset's state, as the room that owns it encodes it.
package struct AssetState: Equatable, Sendable {
    package var asset: AssetName
    /// Which part: `windowing`, `detection`, ... One blob for each.
    package var kind: String
    package var blob: [UInt8]

    package init(asset: AssetName, kind: String, blob: [UInt8]) {
        self.asset = asset
        self.kind = kind
        self.blob = blob
    }
}

/// What the last commit left.
package struct Snapshot: Equatable, Sendable {
    /// 0 before the first commit.
    package var sequence: UInt64 = 0
    package var keepFrom: UInt64 = 1
    package var journalID: String?
    package var gatewayState: [UInt8]?
    /// Ordered by asset, then kind.
    package var assetStates: [AssetState] = []
    /// The process before this one ended in good order. Also true before the first commit.
    package var endedCleanly = true
}

/// One window as learning needs it again: warm-up material, calibration, prototypes.
package struct ArchiveRow: Equatable, Sendable {
    package var asset: AssetName
    /// Start of the window divided by the hop.
    package var windowIndex: Int64
    package var blob: [UInt8]

    package init(asset: AssetName, windowIndex: Int64, blob: [UInt8]) {
        self.asset = asset
        self.windowIndex = windowIndex
        self.blob = blob
    }
}

/// Archived windows that are no longer wanted.
package struct ArchiveRemoval: Equatable, Sendable {
    package var asset: AssetName
    /// Which windows stay; `nil`: none does.
    package var keeping: Blocks?

    /// Runs of `length` indices, of which every `every`-th is kept.
    package struct Blocks: Equatable, Sendable {
        package var length: Int64
        package var every: Int64

        package init(length: Int64, every: Int64) {
            self.length = length
            self.every = every
        }

        package func contain(_ index: Int64) -> Bool { (index / length).isMultiple(of: every) }
    }

    package init(asset: AssetName, keeping: Blocks? = nil) {
        self.asset = asset
        self.keeping = keeping
    }
}

/// One published verdict, as it was published.
package struct VerdictRow: Equatable, Sendable {
    package var asset: AssetName
    package var windowStart: EventTime
    /// `nil` while warming up or without data.
    package var score: Double?
    /// The alarm was raised in this window.
    package var isRaised: Bool
    /// Nothing worth remembering: may be thinned and goes first.
    package var isCalm: Bool
    /// The JSON text.
    package var payload: String

    package init(
        asset: AssetName, windowStart: EventTime, score: Double?, isRaised: Bool, isCalm: Bool,
        payload: String
    ) {
        self.asset = asset
        self.windowStart = windowStart
        self.score = score
        self.isRaised = isRaised
        self.isCalm = isCalm
        self.payload = payload
    }
}
