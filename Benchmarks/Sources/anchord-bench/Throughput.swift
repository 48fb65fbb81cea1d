import Foundation

/// Messages per second and processor time per message, the daemon's beside a bare subscriber's.
///
/// Under the same load, one after the other, A B A B: a machine that slows down slows both. While one
/// is measured, the other has nothing to hear.
struct Throughput {
    struct Run {
        var perSecond: Double
        /// Microseconds of processor time, user and system.
        var microseconds: Double
    }

    struct Pair {
        var bare: Run
        var daemon: Run
    }

    let bench: Bench
    let shape: Load.Shape
    static let seconds = 6

    static let rawStreams = (0..<3).map {
        """
        [[streams]]
        name = "s\($0)"
        topic = "features/{asset}/s\($0)"
        kind = "vector"
        encoding = "f32le"
        dimension = 128
        timestamp_source = "head"
        """
    }.joined(separator: "\n")

    /// As fast as the broker takes it. What the subscriber is too slow for, the broker drops, beyond
    /// the 20,000 messages it queues: the rate is what came through.
    func flood(_ daemon: Daemon, qos: Int) throws -> Pair {
        Pair(
            bare: try runBare(rate: 0, qos: qos).run,
            daemon: try runDaemon(daemon, rate: 0, qos: qos).run)
    }

    /// The highest rate, in steps of a tenth, at which nothing is lost: of the bare subscriber and
    /// of the daemon.
    func lossless(_ daemon: Daemon, from first: Int) throws -> (bare: Int, daemon: Int) {
        func search(_ isLossless: (Int) throws -> Bool) rethrows -> Int {
            var best = 0
            var rate = Double(first)
            while try isLossless(Int(rate)) {
                best = Int(rate)
                rate *= 1.1
            }
            if best == 0 {
                repeat { rate /= 1.1 } while try rate > 1000 && !isLossless(Int(rate))
                best = Int(rate)
            }
            return best
        }
        return (
            try search { try runBare(rate: $0, qos: 0).isComplete },
            try search { try runDaemon(daemon, rate: $0, qos: 0).isComplete }
        )
    }

    /// Complete: all came, and the publisher kept its rate.
    private func outcome(
        _ total: Int, _ seconds: Double, _ processor: Double, sent: [String: Double], rate: Int,
        all: Int
    ) -> (run: Run, isComplete: Bool) {
        let kept = rate == 0 || sent["sent"]! / sent["seconds"]! >= 0.98 * Double(rate)
        return (
            Run(
                perSecond: Double(total) / seconds,
                microseconds: processor / Double(max(1, total)) * 1e6),
            kept && Double(all) >= sent["sent"]!
        )
    }

    private func runBare(rate: Int, qos: Int) throws -> (run: Run, isComplete: Bool) {
        let subscriber = try bench.bareSubscriber(to: "bareline/#")
        defer { subscriber.end() }
        let load = Load(
            shape: shape, qos: qos, startMs: 1_790_000_000_000, rate: rate, seconds: Self.seconds,
            prefix: "bareline")
        let publisher = try bench.publisher(load)
        sleep(1)
        let before = (subscriber.total, subscriber.child.processorSeconds, Date())
        sleep(UInt32(Self.seconds - 2))
        let after = (subscriber.total, subscriber.child.processorSeconds, Date())
        let sent = try publisher.report()
        settle { subscriber.total }
        return outcome(
            after.0 - before.0, after.2.timeIntervalSince(before.2), after.1 - before.1,
            sent: sent, rate: rate, all: subscriber.total)
    }

    private func runDaemon(
        _ daemon: Daemon, rate: Int, qos: Int
    ) throws -> (run: Run, isComplete: Bool) {
        let first = try daemon.status().accepted
        let load = Load(
            shape: shape, qos: qos, startMs: daemon.advance(seconds: Self.seconds), rate: rate,
            seconds: Self.seconds)
        let publisher = try bench.publisher(load)
        sleep(1)
        let before = (try daemon.status().accepted, daemon.child.processorSeconds, Date())
        sleep(UInt32(Self.seconds - 2))
        let after = (try daemon.status().accepted, daemon.child.processorSeconds, Date())
        let sent = try publisher.report()
        settle { (try? daemon.status().accepted) ?? 0 }
        return outcome(
            after.0 - before.0, after.2.timeIntervalSince(before.2), after.1 - before.1,
            sent: sent, rate: rate, all: try daemon.status().accepted - first)
    }

    /// Waits until nothing more comes.
    private func settle(_ total: () -> Int) {
        var last = -1
        while case let now = total(), now != last {
            last = now
            usleep(300_000)
        }
    }
}
