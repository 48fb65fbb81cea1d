package import Signals

/// The condition of an asset's alarm: what the scores say, whatever operators make of it.
package enum AlarmState: String, CaseIterable, Sendable {
    case normal, pending, raised, clearing

    /// Active: from the raise until it has cleared.
    package var isRaised: Bool { self == .raised || self == .clearing }
}

/// Turns the scores of one asset into raise and clear decisions, and keeps what operators did.
///
/// The condition, from the scores:
/// ```
///          score ≥ threshold        for onDelay windows
/// normal --------------------> pending ----------------> raised <---------+
///   ^  ^                          |                        |              | score ≥ clearing level
///   |  +-- score < threshold -----+   score < clearing level              |
///   |                                                      v              |
///   +---- for offDelay windows --------------------- clearing ------------+
/// ```
/// Two thresholds and two delays, so that a score hovering at the line rings the bell once. A window
/// without a score changes nothing: silence neither raises nor clears.
///
/// The life, from the condition and the operators (`AlarmLife` has the table):
/// ```
///                raised                       acknowledge
/// normal -----------------> unacknowledged ---------------> acknowledged
///   ^ ^                        |      ^                          |
///   | |                cleared |      | raised, no second ring   | cleared
///   | |                        v      |                          |
///   | +--- acknowledge --- returned-unacknowledged               |
///   +------------------------------------------------------------+
///
/// any state -- shelve --> shelved ---- unshelve, or its time is over ----> what it is by now
/// any state -- out_of_service --> out of service ---- in_service --------> what it is by now
/// any state -- warming up, bad, idle --> suppressed ---- no more --------> what it is by now
/// ```
/// "What it is by now": a condition that rose while the alarm was quiet and still stands rings then; one
/// that rose and cleared meanwhile is history and nothing more. An alarm that nobody has acknowledged
/// since it rang does not ring again, however often its condition comes back.
package struct Alarm: Equatable, Sendable {
    package internal(set) var state: AlarmState = .normal
    /// Windows in a row that have argued for the next state.
    var streak = 0
    package internal(set) var handling = AlarmHandling()
    /// Windows in a row of bad quality.
    var badStreak = 0
    var stepsTotal: Int64 = 0
    /// Where the newest alarm began.
    package internal(set) var first: AlarmOnset?
    /// Not yet taken.
    private var steps: [AlarmStep] = []

    package enum Change: Equatable, Sendable {
        case raised, cleared
    }

    package init() {}

    package var life: AlarmLife { handling.life(isRaised: state.isRaised) }

    package var note: AlarmNote {
        var note = AlarmNote()
        note.life = life
        note.suppression = handling.suppression
        note.shelvedUntil = handling.shelvedUntil
        note.first = state == .normal && !handling.isOwed ? nil : first
        return note
    }

    /// - Parameters:
    ///   - score: −log₁₀ of the window's p-value; `nil` changes nothing.
    ///   - threshold: raises; less the deadband it clears.
    ///   - settings: delays and deadband.
    /// - Returns: whether the condition rose or cleared; `nil` for neither.
    package mutating func observe(
        score: Double?, threshold: Double, settings: AlarmSettings
    ) -> Change? {
        guard let score else { return nil }
        precondition(score >= 0, "a score is -log10 of a p-value")
        switch state {
        case .normal, .pending:
            guard score >= threshold else {
                (state, streak) = (.normal, 0)
                return nil
            }
            streak += 1
            guard streak >= settings.onDelayWindows else {
                state = .pending
                return nil
            }
            step(.raised) { alarm in
                (alarm.state, alarm.streak) = (.raised, 0)
                alarm.handling.isUntold = true
            }
            return .raised
        case .raised, .clearing:
            guard score < threshold - settings.deadband else {
                (state, streak) = (.raised, 0)
                return nil
            }
            streak += 1
            guard streak >= settings.offDelayWindows else {
                state = .clearing
                return nil
            }
            step(.cleared) { alarm in
                (alarm.state, alarm.streak) = (.normal, 0)
                alarm.handling.isUntold = false
            }
            return .cleared
        }
    }

    /// What was odd first, told in the window that ended calm.
    package mutating func began(_ onset: AlarmOnset) { first = onset }

    // MARK: Quiet

    /// Keeps the alarm quiet until `unsuppress`; again with another reason changes the reason.
    package mutating func suppress(_ reason: Suppression) {
        guard handling.suppression != reason else { return }
        step(.suppressed, why: reason.words) { $0.handling.suppression = reason }
    }

    package mutating func unsuppress() {
        badStreak = 0
        guard let reason = handling.suppression else { return }
        step(.unsuppressed, why: "no longer: \(reason.words)") { $0.handling.suppression = nil }
    }

    /// Bad quality for so many windows in a row suppresses; a single such window does not, or a loose
    /// plug would fill the history.
    package mutating func noteBadWindow(settings: AlarmSettings) {
        badStreak = min(badStreak + 1, settings.offDelayWindows)
        if badStreak >= settings.offDelayWindows,
            handling.suppression == nil || handling.suppression == .warmingUp
        {
            suppress(.badQuality)
        }
    }

    /// The shelf ends by itself.
    package mutating func pass(_ time: EventTime) {
        guard let until = handling.shelvedUntil, until <= time else { return }
        step(.shelfExpired, why: "its time was over") { $0.handling.shelvedUntil = nil }
    }

    // MARK: Operators

    /// Does what an operator asks; `at` is the asset's newest time. Changes nothing when refused.
    package mutating func perform(
        _ action: AlarmAction, who: String, why: String, at: EventTime
    ) -> AlarmRefusal? {
        if let refusal = refusal(of: action) { return refusal }
        switch action {
        case .acknowledge:
            step(.acknowledged, who: who, why: why) { $0.handling.isOwed = false }
        case .shelve(let seconds):
            step(.shelved, who: who, why: why) {
                $0.handling.shelvedUntil = at + .seconds(seconds)
            }
        case .unshelve:
            step(.unshelved, who: who, why: why) { $0.handling.shelvedUntil = nil }
        case .outOfService:
            step(.outOfService, who: who, why: why) {
                $0.handling.isOutOfService = true
                $0.handling.shelvedUntil = nil
            }
        case .inService:
            step(.inService, who: who, why: why) { $0.handling.isOutOfService = false }
        }
        return nil
    }

    /// Why `action` cannot be done now; `nil` when it can.
    package func refusal(of action: AlarmAction) -> AlarmRefusal? {
        switch action {
        case .acknowledge:
            life.isUnacknowledged ? nil : .nothingToAcknowledge
        case .shelve:
            handling.isOutOfService ? .isOutOfService : nil
        case .unshelve:
            handling.shelvedUntil == nil ? .notShelved : nil
        case .outOfService:
            handling.isOutOfService ? .isOutOfService : nil
        case .inService:
            handling.isOutOfService ? nil : .notOutOfService
        }
    }

    /// What the machine is now counts as normal: nothing stands, nothing is owed. Shelf and out of
    /// service are about people, and stay.
    package mutating func relearn(who: String, why: String) {
        step(.relearn, who: who, why: why) { alarm in
            (alarm.state, alarm.streak, alarm.badStreak) = (.normal, 0, 0)
            alarm.handling.isOwed = false
            alarm.handling.isUntold = false
            alarm.handling.suppression = .warmingUp
            alarm.first = nil
        }
    }

    // MARK: Steps

    /// What has happened since the last call, dated `time`.
    package mutating func takeSteps(at time: EventTime) -> [AlarmStep] {
        defer { steps = [] }
        return steps.map { step in
            var step = step
            step.at = time
            return step
        }
    }

    private mutating func step(
        _ kind: AlarmStep.Kind, who: String = AlarmStep.ourselves, why: String = "",
        _ change: (inout Alarm) -> Void
    ) {
        let from = life
        change(&self)
        var rings = false
        if !handling.isQuiet, handling.isUntold {
            rings = !handling.isOwed
            handling.isOwed = true
            handling.isUntold = false
        }
        stepsTotal += 1
        steps.append(
            AlarmStep(
                kind: kind, from: from, to: life, rings: rings, number: stepsTotal,
                at: EventTime(nanoseconds: 0), who: who, why: why))
    }
}
