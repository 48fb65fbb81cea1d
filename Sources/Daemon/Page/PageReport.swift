import Detection
import Fusion
import Signals

/// Everything the status page shows by now: `anchord status`, and what a picture needs beyond it.
struct PageReport: Encodable, Sendable {
    var status: StatusReport
    /// When this life began, by the gateway's clock.
    var startedMs: Int64
    /// What was given up or lost since the start, by reason.
    var drops: [String: Int]
    /// In the order of `status.assets`, whose fields they add to.
    var assets: [Asset]

    struct Asset: Encodable, Sendable {
        var windowEndMs: Int64?
        var pValue: Double?
        var extrapolated: Bool
        var threshold: Double?
        var certified: Bool
        /// Calm windows still to come before the alarm budget is certified.
        var missing: Int
        /// Windows still to come before the first model; `nil` once there is one.
        var warmUpMissing: Int?
        var sustainedValue: Double?
        var sustainedLevel: Double?
        /// A sense, `not localised`, or nothing.
        var blame: String?
        /// −log₁₀ of each part's p-value, by part; `nil` where it had nothing to measure.
        var parts: [String: Double?]
        /// Each sense's share in what is odd.
        var contributions: [String: Double]
        var stateLabel: String?
        var stateProbability: Double?
        var regime: Int?
        /// The trained model that makes its embeddings; `nil`: the linear alignment.
        var network: String?
        var alarm: AlarmEntry
        var trail: Trail
    }

    struct Trail: Encodable, Sendable {
        /// To two digits; in order.
        var scores: [Double?]
    }
}

extension PageReport.Trail {
    init(_ trail: ScoreTrail?) {
        scores = (trail?.scores ?? []).map {
            $0.isNaN ? nil : (Double($0) * 100).rounded() / 100
        }
    }
}

/// One asset's last hours.
struct PagePast: Encodable {
    var asset: String
    var fromMs: Int64
    var toMs: Int64
    var cellMs: Int64
    /// Stored verdicts of calm times are this far apart at most.
    var gapMs: Int64
    var cells: [Cell]
    var labels: [LabelEntry]

    /// Its beginning, its worst score, and whether the alarm was raised: `[1790000000000, 2.1, false]`.
    struct Cell: Encodable {
        var atMs: Int64
        var score: Double?
        var isRaised: Bool

        func encode(to encoder: any Encoder) throws {
            var values = encoder.unkeyedContainer()
            try values.encode(atMs)
            try values.encode(score.map { ($0 * 100).rounded() / 100 })
            try values.encode(isRaised)
        }
    }
}

/// What happened lately, newest first.
struct PageHistory: Encodable {
    var alarms: [AlarmHistoryEntry]
    var labels: [LabelEntry]
}
