import Glibc
package import Signals
import Synchronization

/// Set once by Ctrl-C, by SIGTERM or by a terminal that is gone. A global, because a signal handler
/// can reach nothing else.
private let isAsked = Atomic(false)

/// Whether the person at the terminal, or a script, wants a tool to end.
package enum Interruption {
    /// From now on a signal asks; the second one ends the process as if we had not been here.
    package static func listen() {
        // Looked at once before the handler may: a global is made at its first use.
        isAsked.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in isAsked.store(true, ordering: .relaxed) }
            action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
        // Whoever started us may have blocked them, as threads of a pool do.
        var heard = sigset_t()
        sigemptyset(&heard)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&heard, number) }
        pthread_sigmask(SIG_UNBLOCK, &heard, nil)
        // A reader that went away shows itself as an error of the write.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Asks as a signal would.
    package static func ask() {
        isAsked.store(true, ordering: .relaxed)
    }

    package static var isWanted: Bool { isAsked.load(ordering: .relaxed) }
}

/// The clocks of this machine, for tools; everything below them is handed its time.
package enum ToolClock {
    package static var now: Arrival {
        Arrival(wall: read(CLOCK_REALTIME), elapsed: read(CLOCK_BOOTTIME))
    }

    /// Sleeps until `elapsed` of `now` has come. Returns `false`, at once, when we are to end.
    package static func sleep(until elapsed: Int64) -> Bool {
        while !Interruption.isWanted {
            let left = elapsed - read(CLOCK_BOOTTIME)
            guard left > 0 else { return true }
            // In slices, so that an interruption is heard soon.
            var span = timespec(tv_sec: 0, tv_nsec: Int(min(left, 50_000_000)))
            nanosleep(&span, nil)
        }
        return false
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Why a tool could not do what it was asked to.
package struct ToolError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
