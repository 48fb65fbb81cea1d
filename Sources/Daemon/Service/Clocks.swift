import Glibc
import Signals

/// The gateway's two clocks. The only place that reads them.
struct Clocks: Sendable {
    /// Added to the kernel's clock so that `elapsed` never goes back, not even over a reboot that
    /// the journal survived.
    let elapsedOffset: Int64

    /// `last` is the newest `elapsed` ever journalled, if any.
    init(after last: Int64?) {
        let now = Self.read(CLOCK_BOOTTIME)
        elapsedOffset = last.map { $0 > now ? $0 - now : 0 } ?? 0
    }

    var now: Arrival {
        Arrival(
            wall: Self.read(CLOCK_REALTIME), elapsed: Self.read(CLOCK_BOOTTIME) + elapsedOffset)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
