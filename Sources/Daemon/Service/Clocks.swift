import Glibc
import Signals

/// The gateway's two clocks. The only place that reads them.
struct Clocks: Sendable {
    /// Added to the kernel's clock so that `elapsed` never goes back, not even over a reboot that
    /// the journal survived.
    let elapsedOffset: Int64
    private let kernel: @Sendable () -> Arrival

    /// - Parameters:
    ///   - last: the newest `elapsed` ever journalled, if any.
    ///   - kernel: reads the clocks; a simulation hands in its own.
    init(after last: Int64?, kernel: @escaping @Sendable () -> Arrival = Self.kernel) {
        self.kernel = kernel
        let now = kernel().elapsed
        elapsedOffset = last.map { $0 > now ? $0 - now : 0 } ?? 0
    }

    var now: Arrival {
        let read = kernel()
        return Arrival(wall: read.wall, elapsed: read.elapsed + elapsedOffset)
    }

    /// The kernel's clocks as they are.
    @Sendable static func kernel() -> Arrival {
        Arrival(wall: read(CLOCK_REALTIME), elapsed: read(CLOCK_BOOTTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
