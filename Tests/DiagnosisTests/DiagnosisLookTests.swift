import Fusion
import Signals
import TestSupport
import Testing

@testable import Diagnosis

/// From windows to sketches, and from sketches to what whole windows say.
@Suite("Looks at sketches")
struct DiagnosisLookTests {
    private let settings = DiagnosisSettings()

    private func windows(_ seed: UInt64, _ seconds: Int = 300) -> [WindowSummary] {
        var senses = SyntheticSenses(seed: seed)
        return senses.windows(seconds)
    }

    private func ring(
        _ windows: [WindowSummary], model: FusionModel? = nil, capacity: Int = 512
    ) throws -> SketchRing {
        let model = try #require(
            model ?? LinearFit.fit(Array(windows.prefix(150)), settings: FusionSettings()))
        var ring = SketchRing()
        for window in windows {
            let sketch = try #require(WindowSketch(window, model: model))
            ring.append(sketch, model: "m", hop: .seconds(1), windowsMax: capacity)
        }
        return ring
    }

    private func late(_ windows: [WindowSummary], by hops: Int) -> [WindowSummary] {
        let sense = StreamName("b")
        var moved = windows
        for k in windows.indices.dropFirst(hops) {
            moved[k].streams[sense] = windows[k - hops].streams[sense]
        }
        return moved
    }

    @Test("A look finds the late sense and its offset, also with a model that learnt the step")
    func lag() throws {
        let name = AssetName("press-1")
        let found = try #require(
            DiagnosisLook.look(
                at: name, try ring(late(windows(41), by: 2)), settings: settings)
        ).look
        #expect(found.findings.map(\.kind) == [.lag])
        #expect(found.findings.first?.stream == "b")
        #expect(abs((found.findings.first?.size ?? 0) - 2) < 0.3)
        #expect(found.told.contains("lag/b") && found.told.contains("pairing/a"))
        #expect(found.atMs == 300_000)
        let clean = try #require(
            DiagnosisLook.look(at: name, try ring(windows(41)), settings: settings)
        ).look
        #expect(clean.findings == [] && clean.told.contains("lag/b"))
    }

    @Test(
        "A sense that moves for good in the archive has drifted, and in an archive that stays none has"
    )
    func drift() throws {
        let name = AssetName("press-1")
        let still = windows(44, 800)
        var moved = still
        for k in moved.indices.dropFirst(400) {
            guard case .vector(var vector) = moved[k].streams[StreamName("b")] else { continue }
            for j in vector.mean.indices { vector.mean[j] += j.isMultiple(of: 2) ? 1.5 : -1.5 }
            moved[k].streams[StreamName("b")] = .vector(vector)
        }
        let ring = try ring(windows(44))
        func look(_ archive: [WindowSummary]?) throws -> DiagnosisLook {
            try #require(
                DiagnosisLook.look(at: name, ring, settings: settings, archive: archive)
            ).look
        }
        let found = try look(moved)
        #expect(found.kinds.contains(.drift))
        #expect(found.findings.map(\.kind) == [.drift])
        #expect(found.findings.first?.stream == "b")
        let clean = try look(still)
        #expect(clean.findings == [] && clean.told.contains("drift/b"))
        // Without the archive nothing is said of it, and what is told stays.
        #expect(try !look(nil).kinds.contains(.drift))
    }

    @Test("What the model was fitted on is measured too: had it the step, it has learnt it")
    func learnt() throws {
        let name = AssetName("press-1")
        let moved = late(windows(42), by: 2)
        var look = try #require(
            DiagnosisLook.look(at: name, try ring(moved), settings: settings)
        ).look
        look.note(learntFrom: AssetWindows(asset: name, windows: moved), settings)
        #expect(abs((look.learnt["b"] ?? 0) - 2) < 0.3)
        look.note(learntFrom: AssetWindows(asset: name, windows: windows(42)), settings)
        #expect(abs((look.learnt["b"] ?? 9)) < 0.3)
    }

    @Test(
        "Swapped and copied streams are found among the sketches of a plant, and nothing in a clean one"
    )
    func wiring() throws {
        let names = (1...4).map { AssetName("press-\($0)") }
        let clean = (1...4).map { windows(UInt64($0) + 60) }
        let models = try clean.map {
            try #require(LinearFit.fit(Array($0.prefix(150)), settings: FusionSettings()))
        }
        func findings(_ plant: [[WindowSummary]]) throws -> [Finding] {
            let rings = try plant.indices.map {
                (asset: names[$0], ring: try ring(plant[$0], model: models[$0]))
            }
            return DiagnosisLook.look(at: rings, offsets: [:], settings: settings)
                .flatMap(\.findings)
        }
        #expect(try findings(clean) == [])
        let sense = StreamName("c")
        var swapped = clean
        var copied = clean
        for k in clean[0].indices {
            swapped[0][k].streams[sense] = clean[2][k].streams[sense]
            swapped[2][k].streams[sense] = clean[0][k].streams[sense]
            copied[1][k].streams[sense] = clean[3][k].streams[sense]
        }
        let exchanged = try findings(swapped)
        #expect(exchanged.map(\.kind) == [.swapped, .swapped])
        // Each of the two is told.
        #expect(Set(exchanged.map(\.asset)) == ["press-1", "press-3"])
        let same = try findings(copied)
        #expect(same.map(\.kind) == [.copy])
        #expect(same.first?.asset == "press-2" && same.first?.other == "press-4")
    }

    @Test("A ring keeps the newest windows within its bound, whatever the bound was before")
    func bounded() throws {
        let windows = windows(43, 400)
        let model = try #require(LinearFit.fit(Array(windows.prefix(150)), settings: .init()))
        var random = SeededGenerator(seed: 5)
        var ring = SketchRing()
        var capacity = 130
        for (k, window) in windows.enumerated() {
            if k % 40 == 0 { capacity = Int.random(in: 128...200, using: &random) }
            ring.append(
                try #require(WindowSketch(window, model: model)), model: "m", hop: .seconds(1),
                windowsMax: capacity)
            #expect(ring.count <= capacity)
            // The same as one that was filled with the newest alone.
            guard k % 57 == 0, ring.count >= settings.windowsMin else { continue }
            let fresh = try self.ring(
                Array(windows[k + 1 - ring.count...k]), model: model, capacity: 512)
            let (a, b) = (
                ring.tracked(AssetName("x"), settings: settings).tracks,
                fresh.tracked(AssetName("x"), settings: settings).tracks
            )
            #expect(a.map(\.slots) == b.map(\.slots))
            #expect(a.map(\.rows) == b.map(\.rows))
        }
        #expect(ring.byteCount <= 200 * ring.windowBytes * 3 / 2)
        ring.append(
            try #require(WindowSketch(windows[399], model: model)), model: "another",
            hop: .seconds(1), windowsMax: capacity)
        #expect(ring.count == 1)
    }

    @Test("With few windows, or one sense, a look says nothing")
    func tooLittle() throws {
        #expect(
            DiagnosisLook.look(
                at: AssetName("x"), try ring(Array(windows(44).suffix(100)), model: nil),
                settings: settings) == nil)
    }
}
