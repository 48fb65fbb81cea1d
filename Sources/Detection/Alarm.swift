import Signals

/// What an asset's alarm is doing, as operators see it.
package enum AlarmState: String, CaseIterable, Sendable {
    case normal, pending, raised, clearing

    /// Ringing: from the raise until it has cleared.
    package var isRaised: Bool { self == .raised || self == .clearing }
}

/// Turns the scores of one asset into raise and clear decisions.
///
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
package struct Alarm: Equatable, Sendable {
    package private(set) var state: AlarmState = .normal
    /// Windows in a row that have argued for the next state.
    private var streak = 0

    package enum Change: Equatable, Sendable {
        case raised, cleared
    }

    package init() {}

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
            (state, streak) = (.raised, 0)
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
            (state, streak) = (.normal, 0)
            return .cleared
        }
    }
}

extension Alarm {
    func write(to writer: inout ByteWriter) {
        writer.write(state.rawValue)
        writer.write(Int64(streak))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        state = AlarmState(rawValue: try reader.readString()) ?? .normal
        streak = Int(try reader.read(Int64.self))
    }
}
