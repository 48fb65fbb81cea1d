package import Fusion
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
    /// Of a window odd enough to be worth explaining.
    package var explanation: Explanation?
    package var alarm: AlarmState
    /// Since when the alarm has been raised, or has not: the end of the window in which that changed.
    package var alarmSince: EventTime?
    /// What operators, and rules on their behalf, have made of the alarm.
    package var alarmNote = AlarmNote()
    /// The score that raises the alarm; `nil` while warming up.
    package var threshold: Double?
    /// `nil` while warming up, and when the budget gives it no share.
    package var sustained: Sustained?
    package var calibration: CalibrationNote
    /// Content hash of the model; `nil` while warming up.
    package var model: String?
    /// Which of the model's regimes the window belongs to, from 1; `nil` for a model without.
    package var regime: Int?
    /// Samples of the asset that came too late, since the window before.
    package var late: Int
    /// What a model on trial says of the same window.
    package var shadow: Shadow?
    /// The state the machine is in, as the model reads it; `nil` where it learnt none.
    package var reading: StateReading?

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

    package enum State: String, CaseIterable, Sendable {
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
        /// Held-back windows behind this score, and calm ones since.
        package var windows: Int
        /// What those that its p-value is ranked among are worth, in independent windows.
        package var effective: Int
        /// Calm windows still to come before they are enough for the alarm budget.
        package var missing: Int
        /// Windows that its p-value is ranked among beside its own: of other assets of its group, or
        /// of its own time under the former model. They do not count towards `effective`.
        package var pooled: Int
        /// From the last held-back window to this one.
        package var age: Duration

        /// Whether they are enough for the alarm budget; until then its levels are provisional.
        package var isCertified: Bool { missing == 0 }

        package init(
            windows: Int, effective: Int, missing: Int, pooled: Int = 0, age: Duration
        ) {
            self.windows = windows
            self.effective = effective
            self.missing = missing
            self.pooled = pooled
            self.age = age
        }
    }

    /// What many slightly odd windows say together (`SustainedEvidence`).
    package struct Sustained: Equatable, Sendable {
        /// −ln of how rarely normal windows would say so.
        package var value: Double
        /// The value that raises the alarm.
        package var level: Double

        package var isOdd: Bool { value >= level }

        package init(value: Double, level: Double) {
            self.value = value
            self.level = level
        }
    }
}
