import Detection
import Signals

// What operators ask of one asset: alarms, labels, learning anew.
extension AssetLine {
    /// Does what an operator asks, once the windows closed by now have been judged: its place among
    /// the windows must not depend on how long a fit takes.
    mutating func operate(
        _ command: OperatorCommand, sequence: UInt64
    ) -> Pipeline.Operated {
        isDirty = true
        // A refused one is remembered too: while windows are held nobody knows yet what it will find.
        guard detector.isNew(command.id) else { return .repeated }
        if case .correct(let correction) = command.action {
            return correct(correction, command, sequence: sequence)
        }
        guard held.isEmpty else {
            held.append(.command(command))
            return .done([], isWaiting: true)
        }
        if case .alarm(let action) = command.action,
            let refusal = detector.state.alarm.refusal(of: action)
        {
            return .refused(refusal)
        }
        return .done(perform(command), isWaiting: false)
    }

    /// Its turn has come. An action that has lost its sense by now changes nothing.
    mutating func perform(_ command: OperatorCommand) -> [Outcome] {
        isDirty = true
        let now = EventTime(milliseconds: command.givenMs)
        switch command.action {
        case .alarm(let action):
            let (steps, _) = detector.perform(
                action, who: command.who, why: command.why, now: now)
            return steps.map { .alarm(asset, $0, nil) }
        case .relearn:
            let former = detector.state
            beginAnew()
            let steps = detector.begin(
                after: former, who: command.who, why: command.why, now: now)
            return [.clearArchive(asset)] + steps.map { .alarm(asset, $0, nil) }
        case .label(let label):
            self.label(label)
            return [.label(asset, command, isRemoved: false)]
        case .correct:
            // Never held: stamps are moved as samples come, not as windows are judged.
            return []
        case .removeLabel(let label):
            detector.remove(label)
            return [.label(asset, command, isRemoved: true)]
        }
    }

    /// An operator has said what a stretch of this asset's time was: the calibration takes back what a
    /// false alarm kept from it, and leaves out what is no normal operation.
    mutating func label(_ label: OperatorLabel) {
        detector.add(label)
        detector.heed(label)
        shadow?.detector.heed(label)
        if label.keepsFromLearning, !doubtful.isEmpty { doubtful = [] }
    }
}

extension AssetDetector {
    fileprivate mutating func heed(_ label: OperatorLabel) {
        switch label.kind {
        case .fault, .planned: leaveOut(stretch: label.from, to: label.to)
        case .falseAlarm: restore(stretch: label.from, to: label.to)
        case .state: break
        }
    }
}
