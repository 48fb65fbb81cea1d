import Signals
import Testing
import Windowing

@Suite("What holds of windows whatever comes")
struct WindowingPropertyTests {
    /// Three streams of one asset for a minute, each sample at a time of its own.
    private func steadySamples(_ random: inout SeededGenerator) -> [Sample] {
        var samples: [Sample] = []
        for (stream, period): (String, Int64) in [("camera", 100), ("audio", 250), ("log", 700)] {
            var time = Int64.random(in: 0..<period, using: &random)
            while time < 60_000 {
                samples.append(sampleAt(time, of: stream))
                time += Int64.random(in: 1...2 * period - 1, using: &random)
            }
        }
        return samples.sorted { ($0.time, $0.stream) < ($1.time, $1.stream) }
    }

    /// The samples, each delayed by up to `delayMax` milliseconds, in order of arrival.
    private func delayed(
        _ samples: [Sample], by delayMax: Int64, using random: inout SeededGenerator
    ) -> [Sample] {
        samples.map { sample in
            var sample = sample
            let delay = Int64.random(in: 0...delayMax, using: &random)
            sample.arrival = arrival(sample.time.milliseconds - Drawing.origin + delay)
            return sample
        }.sorted { $0.arrival.elapsed < $1.arrival.elapsed }
    }

    private func frames(_ windows: [Window]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for window in windows {
            for (stream, share) in window.streams where !share.isHeld {
                for frame in share.frames {
                    counts["\(stream) \(frame.time.nanoseconds)", default: 0] += 1
                }
            }
        }
        return counts
    }

    @Test(
        "Every sample comes out once, whatever the order within the lateness",
        arguments: UInt64(0)..<48)
    func everySampleComesOutOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sent = steadySamples(&random)
        var assembler = WindowAssembler(settings { $0.length = .milliseconds(730) })
        let windows =
            assembler.ingest(delayed(sent, by: 500, using: &random)) + assembler.flush()
        let expected = Dictionary(
            uniqueKeysWithValues: sent.map { ("\($0.stream) \($0.time.nanoseconds)", 1) })
        #expect(frames(windows) == expected)
        #expect(windows.allSatisfy { $0.late == 0 })
    }

    @Test(
        "A window that slides by a third of its length holds every sample three times",
        arguments: UInt64(0)..<16)
    func slidingMultiplicity(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sent = steadySamples(&random)
        var assembler = WindowAssembler(
            settings {
                $0.length = .milliseconds(1_500)
                $0.hop = .milliseconds(500)
            })
        let windows =
            assembler.ingest(delayed(sent, by: 500, using: &random)) + assembler.flush()
        let counts = frames(windows)
        #expect(counts.count == sent.count)
        #expect(counts.values.allSatisfy { $0 == 3 })
    }

    @Test(
        "The windows do not depend on the order of arrival within the lateness",
        arguments: UInt64(0)..<48)
    func windowsDoNotDependOnArrival(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sent = steadySamples(&random)
        let settings = randomSettings(&random)
        var results: [[Window]] = []
        for delay: Int64 in [0, 500, 500] {
            var assembler = WindowAssembler(settings)
            declare(in: &assembler, seed: seed)
            let arrived = delayed(sent, by: delay, using: &random)
            results.append(assembler.ingest(arrived) + assembler.flush())
        }
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    @Test(
        "A stream that dies holds no window longer than idle_after and the lateness",
        arguments: UInt64(0)..<24)
    func deadStreamsHoldNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let death = Int64.random(in: 0..<30_000, using: &random)
        let dead = StreamName(["camera", "audio"].randomElement(using: &random) ?? "camera")
        let sent = steadySamples(&random).filter {
            $0.stream != dead || $0.time.milliseconds - Drawing.origin <= death
        }
        var assembler = WindowAssembler()
        var closedTo = Int64(0)
        for sample in sent {
            for window in assembler.ingest(sample) {
                closedTo = window.end.milliseconds - Drawing.origin
            }
            let time = sample.time.milliseconds - Drawing.origin
            // Besides: a window's length, and the longest pause of the slowest regular stream.
            if time > 5_000 { #expect(closedTo >= time - 3_000 - 500 - 1_000 - 500) }
        }
        #expect(assembler.state.streams.allSatisfy { $0.late == 0 })
    }

    @Test("A wild stamp now and then changes no window", arguments: UInt64(0)..<48)
    func wildStampsChangeNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let honest = delayed(steadySamples(&random), by: 300, using: &random)
        var undisturbed = WindowAssembler()
        let expected = undisturbed.ingest(honest) + undisturbed.flush()
        var arrived: [Sample] = []
        var wildCount = 0
        for sample in honest {
            arrived.append(sample)
            guard sample.stream != StreamName("log"), Int.random(in: 0..<40, using: &random) == 0
            else { continue }
            var wild = sample
            // Each a day further: two that agree would be proof.
            wildCount += 1
            wild.time = sample.time + .seconds(86_400 * wildCount)
            arrived.append(wild)
        }
        var assembler = WindowAssembler()
        let windows = assembler.ingest(arrived) + assembler.flush()
        #expect(wildCount > 0)
        #expect(windows == expected)
        #expect(assembler.state.streams.map(\.future).reduce(0, +) == wildCount)
    }

    @Test(
        "Whatever comes, windows come out once, in order, on the grid", arguments: UInt64(0)..<64)
    func windowsAreOrdered(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let settings = randomSettings(&random)
        var assembler = WindowAssembler(settings)
        declare(in: &assembler, seed: seed)
        var windows = troubledEvents(&random).flatMap { $0.play(into: &assembler) }
        windows += assembler.flush()
        let starts = windows.map(\.start)
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 })
        let hop = settings.effectiveHop.nanoseconds
        #expect(starts.allSatisfy { $0.nanoseconds % hop == 0 })
        #expect(!windows.isEmpty)
    }

    @Test(
        "A restart at any point gives the windows of an undisturbed run",
        arguments: UInt64(0)..<64)
    func restartChangesNothing(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var settings = randomSettings(&random)
        settings.framesMax = seed % 4 == 0 ? 5 : 512
        let events = troubledEvents(&random)
        var undisturbed = WindowAssembler(settings)
        declare(in: &undisturbed, seed: seed)
        var restarted = undisturbed
        var journal: [Sample] = []
        for event in events {
            let expected = event.play(into: &undisturbed)
            let found = event.play(into: &restarted)
            try #require(described(found) == described(expected))
            try #require(found == expected, "same counts, other frames")
            if case .sample(let sample) = event { journal.append(sample) }
            guard Int.random(in: 0..<60, using: &random) == 0 else { continue }
            var saved = ByteWriter()
            restarted.state.write(to: &saved)
            journal = journal.filter { restarted.needs($0.stream, at: $0.time) }
            var stored = ByteReader(saved.bytes)
            let state = try WindowingState(from: &stored)
            try #require(stored.isAtEnd && state == restarted.state)
            restarted = WindowAssembler(restoring: state, settings: settings)
            for sample in journal { restarted.refill(sample) }
            try #require(restarted.state == undisturbed.state)
        }
        #expect(restarted.flush() == undisturbed.flush())
        #expect(undisturbed.state.windowsClosed > 5)
    }

    @Test(
        "Ticks that say they had no effect can be left out, and every window is the same",
        arguments: UInt64(0)..<64)
    func ticksWithoutEffect(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let settings = randomSettings(&random)
        var all = WindowAssembler(settings)
        declare(in: &all, seed: seed)
        var fewer = all
        var leftOut = 0
        for event in troubledEvents(&random) {
            let expected = event.play(into: &all)
            if case .tick = event, !all.hadTickEffect {
                #expect(expected == [])
                leftOut += 1
                continue
            }
            #expect(event.play(into: &fewer) == expected)
            // Told apart by nothing but the passing of time itself.
            #expect(fewer.state == all.state)
        }
        #expect(fewer.flush() == all.flush())
        #expect(leftOut > 20)
    }

    private func randomSettings(_ random: inout SeededGenerator) -> WindowingSettings {
        settings {
            $0.length = .milliseconds([1_000, 730, 2_000].randomElement(using: &random) ?? 1_000)
            if Bool.random(using: &random) { $0.hop = .milliseconds(365) }
            $0.gapWindowsMax = Int.random(in: 0...20, using: &random)
        }
    }

    private func declare(in assembler: inout WindowAssembler, seed: UInt64) {
        if seed % 2 == 0 {
            assembler.declare(StreamName("audio"), kind: .vector, hold: .seconds(3))
        }
        if seed % 3 == 0 {
            assembler.declare(StreamName("camera"), kind: .vector, lookback: .milliseconds(2_100))
        }
    }

    private enum Event {
        case sample(Sample)
        case tick(Arrival, isDrained: Bool)

        func play(into assembler: inout WindowAssembler) -> [Window] {
            switch self {
            case .sample(let sample): assembler.ingest(sample)
            case .tick(let arrival, let isDrained): assembler.tick(arrival, isDrained: isDrained)
            }
        }
    }

    /// Three minutes of an asset that pauses, loses streams, and stamps wildly, with late samples.
    private func troubledEvents(_ random: inout SeededGenerator) -> [Event] {
        var samples: [Sample] = []
        var pauses: [Range<Int64>] = []
        for _ in 0..<4 {
            let start = Int64.random(in: 0..<180_000, using: &random)
            pauses.append(start..<start + Int64.random(in: 1_000..<30_000, using: &random))
        }
        for (stream, period): (String, Int64) in [("camera", 150), ("audio", 400), ("log", 900)] {
            let away = Int64.random(in: 0..<180_000, using: &random)
            var time = Int64.random(in: 0..<period, using: &random)
            while time < 180_000 {
                time += Int64.random(in: 1...2 * period - 1, using: &random)
                if (away..<away + 20_000).contains(time) { continue }
                if pauses.contains(where: { $0.contains(time) }) { continue }
                let shift: Int64
                switch Int.random(in: 0..<60, using: &random) {
                case 0: shift = [86_400_000, 61_500, -86_400_000].randomElement(using: &random)!
                case 1: shift = Int64.random(in: -5_000..<5_000, using: &random)
                default: shift = 0
                }
                let delay = Int64.random(in: 0..<900, using: &random)
                samples.append(sampleAt(time + shift, of: stream, arriving: time + delay))
            }
        }
        samples.sort { $0.arrival.elapsed < $1.arrival.elapsed }
        var events: [Event] = []
        var ticked: Int64 = 0
        for sample in samples {
            while (ticked + 1_000) * 1_000_000 <= sample.arrival.elapsed {
                ticked += 1_000
                events.append(
                    .tick(arrival(ticked), isDrained: Int.random(in: 0..<20, using: &random) > 0))
            }
            events.append(.sample(sample))
        }
        return events
    }
}
