package import Signals

/// Whether a machine works, in one window.
package enum Activity: String, CaseIterable, Sendable {
    /// It works, or nobody said how to tell.
    case active
    /// It stands still.
    case idle
    /// It works again, and has its start-up grace.
    case starting
}

/// Follows from window to window whether one machine works.
///
/// ```
///          works                     for grace
/// idle ------------> starting ------------------> active
///  ^  ^                  |                        |    ^
///  |  +---- stops -------+                        |    | works within hold: no start-up
///  +------------------- stops --------------------+----+
/// ```
/// A window in which the deciding stream says nothing changes nothing: it is unknown, not stopped. In
/// event time alone, so that a replay decides as the live run did.
package struct ActivityMonitor: Equatable, Sendable {
    package let settings: ActivitySettings
    private let beginning: ActivityReader?
    private let end: ActivityReader?
    package private(set) var state = State()

    /// What survives a restart.
    package struct State: Equatable, Sendable {
        package internal(set) var activity = Activity.idle
        /// End of the last window in which the machine worked.
        var workedUntil: Int64?
        /// Start of the first window of the stretch in which it works.
        var startedAt: Int64?
        /// With `active_until`: it has begun and not ended.
        var isRunning = false
        /// When a line last said that it works.
        var saidAt: Int64?
        /// Messages by stretch of event time, for rates: of the beginning, of the end.
        var counts: [RecentCount] = [RecentCount(), RecentCount()]
        package internal(set) var idleWindows: Int64 = 0
        package internal(set) var startingWindows: Int64 = 0

        package init() {}
    }

    /// `state` is that of an earlier run; `terms` gives the hashes that a phrase's words have in log
    /// records.
    package init(
        settings: ActivitySettings, state: State = State(), terms: (String) -> [UInt64]
    ) {
        self.settings = settings
        self.state = state
        beginning = settings.activeWhen.map { ActivityReader($0, terms: terms) }
        end = settings.activeUntil.map { ActivityReader($0, terms: terms) }
        if beginning == nil { self.state.activity = .active }
    }

    package var activity: Activity { state.activity }

    /// What is asked of the machine, for people; `nil` when nothing is.
    package var condition: ActivityCondition? { settings.activeWhen }

    /// Takes the next window; `hop`: how much of it is new, in nanoseconds.
    package mutating func observe(_ window: Window, hop: Int64) -> Activity {
        guard let beginning else { return .active }
        let end = window.end.nanoseconds
        switch isWorking(beginning, window, hop: hop) {
        case nil: break
        case false?: state.activity = .idle
        case true?:
            let pause = end - hop - (state.workedUntil ?? .min / 2)
            if state.startedAt == nil || pause > settings.hold.nanoseconds {
                state.startedAt = window.start.nanoseconds
            }
            state.workedUntil = end
            state.activity = .starting
        }
        if state.activity == .starting, let startedAt = state.startedAt,
            window.start.nanoseconds >= startedAt + settings.grace.nanoseconds
        {
            state.activity = .active
        }
        switch state.activity {
        case .active: break
        case .idle: state.idleWindows += 1
        case .starting: state.startingWindows += 1
        }
        return state.activity
    }

    private mutating func isWorking(
        _ beginning: ActivityReader, _ window: Window, hop: Int64
    ) -> Bool? {
        let begun = beginning.read(window, hop: hop, &state.counts[0])
        if let end {
            let ended = end.read(window, hop: hop, &state.counts[1])
            // Both in one window: the later one tells how it went on.
            let began = begun.lastHeld ?? .min
            if let stopped = ended.lastHeld {
                state.isRunning = began >= stopped
            } else if begun.lastHeld != nil {
                state.isRunning = true
            }
            return begun.isKnown || ended.isKnown ? state.isRunning : nil
        }
        guard beginning.condition.isEvent else {
            return begun.isKnown ? begun.lastHeld != nil : nil
        }
        state.saidAt = begun.lastHeld ?? state.saidAt
        return state.saidAt.map {
            window.end.nanoseconds - $0 <= settings.hold.nanoseconds
        } ?? false
    }
}

extension ActivityMonitor.State {
    package func write(to writer: inout ByteWriter) {
        writer.write(activity.rawValue)
        for time in [workedUntil, startedAt, saidAt] { writer.write(time) }
        writer.write(isRunning)
        for count in counts { count.write(to: &writer) }
        writer.write(idleWindows)
        writer.write(startingWindows)
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        activity = Activity(rawValue: try reader.readString()) ?? .idle
        workedUntil = try reader.readOptional()
        startedAt = try reader.readOptional()
        saidAt = try reader.readOptional()
        isRunning = try reader.readBool()
        counts = [try RecentCount(from: &reader), try RecentCount(from: &reader)]
        idleWindows = try reader.read(Int64.self)
        startingWindows = try reader.read(Int64.self)
    }
}
