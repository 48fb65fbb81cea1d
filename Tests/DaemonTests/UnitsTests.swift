import Signals
import Testing

@testable import Daemon

@Suite("Units and words")
struct UnitsTests {
    @Test(
        "Durations are read exactly",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("1s", .seconds(1)), ("10m", .seconds(600)),
            ("8h", .seconds(28_800)), ("7d", .seconds(604_800)), ("2w", .seconds(1_209_600)),
            ("0.1s", .milliseconds(100)), ("1.5h", .seconds(5400)), ("0s", .zero),
            ("-5s", .seconds(-5)), ("3 s", .seconds(3)), ("250us", .microseconds(250)),
            ("7ns", .nanoseconds(7)),
        ])
    func durations(text: String, duration: Duration) {
        #expect(DurationText.duration(text) == duration)
    }

    @Test(
        "What is no duration is refused",
        arguments: [
            "", "5", "s", "5 sec", "5S", "--5s", "5-s", ".5s", "5.s", "1.2.3s", "1e3s", "0.1ns",
            "293000d", "99999999999999999999s", "5s5", "\u{0665}s", "NaNs",
        ])
    func notDurations(text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test("A duration that is written is read as itself", arguments: UInt64(0)..<200)
    func durationsComeBack(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let scale: Int64 = [1, 1000, 1_000_000, 1_000_000_000, 60_000_000_000].randomElement(
            using: &random)!
        let duration = Duration.nanoseconds(Int64.random(in: -9999...9999, using: &random) * scale)
        #expect(DurationText.duration(DurationText.text(for: duration)) == duration)
    }

    @Test(
        "Sizes are read exactly",
        arguments: [
            ("64MiB", 64 << 20), ("1GB", 1_000_000_000), ("8KiB", 8192), ("5kB", 5000),
            ("100B", 100), ("1.5MiB", 3 << 19),
        ])
    func sizes(text: String, bytes: Int) {
        #expect(SizeText.bytes(text) == bytes)
    }

    @Test(
        "What is no size is refused",
        arguments: ["", "64", "MiB", "64 mib", "-1MiB", "0.3B", "64Mib", "9999999999TiB"])
    func notSizes(text: String) {
        #expect(SizeText.bytes(text) == nil)
    }

    @Test("A size that is written is read as itself", arguments: UInt64(0)..<100)
    func sizesComeBack(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let shift = Int.random(in: 0...40, using: &random)
        let bytes = Int.random(in: 1...5000, using: &random) << shift
        if let text = SizeText.text(for: bytes) {
            #expect(SizeText.bytes(text) == bytes)
        } else {
            #expect(bytes % 1024 != 0)
        }
    }

    @Test("Every day from 1700 to 2200 is written and read as itself, a day after the last")
    func daysComeBack() throws {
        var time = try #require(CivilDate.midnight("1700-01-01"))
        let end = try #require(CivilDate.midnight("2200-12-31"))
        var count = 0
        while time <= end {
            #expect(CivilDate.midnight(CivilDate.text(for: time)) == time)
            time = time + .seconds(86_400)
            count += 1
        }
        #expect(count == 182_986)
        #expect(CivilDate.midnight("1970-01-01") == EventTime(nanoseconds: 0))
        #expect(CivilDate.midnight("2000-02-29")?.milliseconds == 951_782_400_000)
    }

    @Test("Days that no calendar has are refused", arguments: ["2001-02-29", "2000-13-01", "x"])
    func notDays(text: String) {
        #expect(CivilDate.midnight(text) == nil)
    }

    @Test("A slip of one letter is found, a different word is not")
    func nearMisses() {
        let words = ["length", "lateness", "hop"]
        #expect(NearMiss.best(for: "lenght", among: words) == "length")
        #expect(NearMiss.best(for: "latenes", among: words) == "lateness")
        #expect(NearMiss.best(for: "Hop", among: words) == "hop")
        #expect(NearMiss.best(for: "colour", among: words) == nil)
        #expect(NearMiss.best(for: "", among: words) == nil)
    }

    @Test("The distance counts the slips: zero for none, the same both ways", arguments: 0..<64)
    func distances(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let a = (0..<8).map { _ in UInt8.random(in: 97...99, using: &random) }
        var b = a
        let slips = Int.random(in: 0...3, using: &random)
        for _ in 0..<slips {
            let at = b.indices.randomElement(using: &random)!
            switch Int.random(in: 0...3, using: &random) {
            case 0: b.remove(at: at)
            case 1: b.insert(120, at: at)
            case 2: b[at] = 121
            default: if at > 0 { b.swapAt(at, at - 1) }
            }
        }
        let distance = NearMiss.distance(a, b)
        #expect(distance == NearMiss.distance(b, a))
        #expect((distance == 0) == (a == b))
        #expect(distance >= abs(a.count - b.count))
        if slips <= 1 { #expect(distance <= slips) }
    }
}
