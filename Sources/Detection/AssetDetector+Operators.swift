package import Signals

// What operators do, and what an alarm's life makes of the verdicts.
extension AssetDetector {
    /// Before a window is judged: time has come to its end.
    mutating func pass(from start: EventTime, to end: EventTime) {
        state.desk.pass(from: start, to: end)
        state.alarm.pass(end)
    }

    /// After the score, before the condition is looked at again: what keeps the alarm quiet by design.
    mutating func settleSuppression(of verdict: Verdict) {
        if verdict.state == .warmingUp || service == nil {
            state.alarm.suppress(.warmingUp)
        } else if verdict.quality == .bad {
            state.alarm.noteBadWindow(settings: alarms)
        }
    }

    /// What was odd first: told when the condition leaves normal.
    mutating func noteOnset(_ verdict: Verdict, before: AlarmState) {
        guard before == .normal, verdict.alarm != .normal else { return }
        let part = verdict.parts.compactMap { part, value in
            value.flatMap { $0 }.map { (part: part.rawValue, value: $0) }
        }.max { ($0.value, $1.part) < ($1.value, $0.part) }
        state.alarm.began(
            AlarmOnset(
                at: verdict.start, part: part?.part ?? "", sense: verdict.blame?.text ?? ""))
    }

    /// Does what an operator asks; `now` stands in where no window has closed yet.
    package mutating func perform(
        _ action: AlarmAction, who: String, why: String, now: EventTime
    ) -> (steps: [AlarmStep], refusal: AlarmRefusal?) {
        let at = state.desk.newest ?? now
        let refusal = state.alarm.perform(action, who: who, why: why, at: at)
        return (state.alarm.takeSteps(at: at), refusal)
    }

    /// Begins anew with what people have decided before.
    package mutating func begin(
        after former: State, who: String, why: String, now: EventTime
    ) -> [AlarmStep] {
        state.desk = former.desk
        state.alarm = former.alarm
        state.alarm.relearn(who: who, why: why)
        let at = former.desk.newest ?? now
        state.alarmSince = at
        return state.alarm.takeSteps(at: at)
    }

    /// Remembers a command's id; `false` when the command is known already.
    package mutating func isNew(_ id: String) -> Bool { state.desk.isNew(id) }

    package mutating func add(_ label: OperatorLabel) { state.desk.add(label) }

    package mutating func remove(_ label: OperatorLabel) { state.desk.remove(label) }

    /// An operator has said that this stretch is no normal operation, or has taken the asset out of
    /// service: nothing is learnt from it.
    package func isKeptFromLearning(from start: EventTime, to end: EventTime) -> Bool {
        state.alarm.handling.isOutOfService || state.desk.keepsFromLearning(from: start, to: end)
    }
}

extension AssetDetector {
    /// Where the alarm stands after a restart, until the first window comes: a machine that is off may not
    /// send one for days. `end`: of the last window there was.
    package func standing(at end: EventTime, length: Duration) -> Verdict {
        var verdict = Verdict(
            asset: asset, start: end - length, end: end, isExtrapolated: false,
            quality: .uncertain, state: service == nil ? .warmingUp : .noData,
            parts: Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, nil) }), streams: [:],
            reason: "Nothing has been heard since the daemon was started.",
            alarm: state.alarm.state,
            calibration: calibrationNote
                ?? Verdict.CalibrationNote(windows: 0, effective: 0, missing: 1, age: .zero),
            late: 0)
        verdict.alarmSince = state.alarmSince
        verdict.alarmNote = state.alarm.note
        verdict.model = service?.modelID
        verdict.threshold = service == nil ? nil : threshold
        return verdict
    }
}
