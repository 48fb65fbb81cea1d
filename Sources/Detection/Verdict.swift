package import Signals

/// What is published for one asset and window.
package struct Verdict: Equatable, Sendable {
    package var asset: AssetName
    package var start: EventTime
    package var end: EventTime
    /// −log₁₀ of the p-value; `nil` while warming up or with too few senses.
    package var score: Double?
    package var pValue: Double?
    /// The p-value lies beyond the calibration sample: its order is sound, its level a guess.
    package var isExtrapolated: Bool
    package var quality: Quality
    package var state: State
    /// −log₁₀ of the smallest p-value of the part times the number of its statistics; `nil` when the
    /// part had nothing to measure.
    package var parts: [Part: Double?]
    package var streams: [StreamName: StreamVerdict]
    package var blame: Blame?
    package var reason: String
    package var alarm: AlarmState
    /// Since when the alarm has been raised, or has not: the end of the window in which that changed.
    package var alarmSince: EventTime?
    /// The score that raises the alarm; `nil` while warming up.
    package var threshold: Double?
    package var calibration: CalibrationNote
    /// Content hash of the model; `nil` while warming up.
    package var model: String?
    /// Samples of the asset that came too late, since the window before.
    package var late: Int
    /// What a model on trial says of the same window.
    package var shadow: Shadow?

    /// Another model's word, beside the one in service.
    package struct Shadow: Equatable, Sendable {
        package var model: String
        package var score: Double?
        package var blame: Blame?

        package init?(_ verdict: Verdict) {
            guard let model = verdict.model else { return nil }
            self.model = model
            score = verdict.score
            blame = verdict.blame
        }
    }

    package enum Quality: String, Sendable {
        case good, uncertain, bad
    }

    package enum State: String, Sendable {
        case warmingUp = "warming_up"
        case scoring
        case noData = "no_data"
        /// The machine stands still, by `active_when`: nothing to judge.
        case idle
        /// It works again and has its start-up grace.
        case starting
    }

    package enum Blame: Equatable, Sendable {
        case stream(StreamName)
        case notLocalised

        package var text: String {
            switch self {
            case .stream(let name): name.text
            case .notLocalised: "not localised"
            }
        }
    }

    package struct StreamVerdict: Equatable, Sendable {
        package var isPresent: Bool
        package var samples: Int
        /// Cosine to the centroid of the other senses.
        package var agreement: Double?
        /// Share of this sense in what is odd, 0 to 1; the shares of all senses sum to 1 or, in a
        /// window with nothing odd, to 0.
        package var contribution: Double
        /// From the newest sample to the window's end.
        package var age: Duration?

        package init(
            isPresent: Bool, samples: Int, agreement: Double? = nil, contribution: Double = 0,
            age: Duration? = nil
        ) {
            self.isPresent = isPresent
            self.samples = samples
            self.agreement = agreement
            self.contribution = contribution
            self.age = age
        }
    }

    package struct CalibrationNote: Equatable, Sendable {
        /// Held-back windows behind this score.
        package var windows: Int
        /// Whether they are enough for the alarm budget's threshold.
        package var isCertified: Bool
        /// From the last of them to this window.
        package var age: Duration

        package init(windows: Int, isCertified: Bool, age: Duration) {
            self.windows = windows
            self.isCertified = isCertified
            self.age = age
        }
    }
}
