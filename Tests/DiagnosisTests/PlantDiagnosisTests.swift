import Fusion
import Signals
import TestSupport
import Testing

@testable import Diagnosis

/// From windows to findings.
@Suite("Diagnosis of a plant")
struct PlantDiagnosisTests {
    private func plant(_ count: Int, seconds: Int = 300) -> [AssetName: [WindowSummary]] {
        var plant: [AssetName: [WindowSummary]] = [:]
        for k in 1...count {
            var senses = SyntheticSenses(seed: UInt64(k) + 40)
            plant[AssetName("press-\(k)")] = senses.windows(seconds)
        }
        return plant
    }

    private func diagnose(_ plant: [AssetName: [WindowSummary]]) -> PlantDiagnosis {
        var diagnosis = PlantDiagnosis(settings: DiagnosisSettings(), assets: plant.count)
        for (asset, windows) in plant.sorted(by: { $0.key < $1.key }) {
            diagnosis.add(AssetWindows(asset: asset, windows: windows))
        }
        diagnosis.finish()
        return diagnosis
    }

    @Test("a plant in order has nothing wrong, and says the same twice")
    func clean() {
        let found = diagnose(plant(2))
        #expect(found.findings.filter { $0.severity == .wrong } == [])
        #expect(found.assets.allSatisfy { $0.lags.count == 3 && $0.lags.allSatisfy(\.isTold) })
        #expect(diagnose(plant(2)).findings == found.findings)
    }

    @Test("a sense that is three windows late is named, with its offset")
    func late() throws {
        var plant = plant(2)
        let name = AssetName("press-2")
        let windows = try #require(plant[name])
        var moved = windows
        for k in windows.indices.dropFirst(3) {
            moved[k].streams[StreamName("b")] = windows[k - 3].streams[StreamName("b")]
        }
        plant[name] = moved
        let wrong = diagnose(plant).findings.filter { $0.severity == .wrong }
        #expect(wrong.map(\.kind) == [.lag])
        #expect(wrong.first?.asset == "press-2")
        #expect(wrong.first?.stream == "b")
        #expect(abs((wrong.first?.size ?? 0) - 3) < 0.5)
    }

    @Test("swapped streams come first, and are not called late or corrupted")
    func swapped() throws {
        var plant = plant(3)
        let (a, b) = (AssetName("press-1"), AssetName("press-3"))
        let (one, other) = (try #require(plant[a]), try #require(plant[b]))
        let sense = StreamName("c")
        for k in one.indices {
            plant[a]?[k].streams[sense] = other[k].streams[sense]
            plant[b]?[k].streams[sense] = one[k].streams[sense]
        }
        let found = diagnose(plant).findings.filter { $0.severity > .note && $0.kind != .drift }
        #expect(found.map(\.kind) == [.swapped])
        #expect(found.first?.headline == "c of press-1 and of press-3 are swapped.")
    }

    @Test("a stream published under two assets is a copy, and of whom the others say")
    func copied() throws {
        var plant = plant(3)
        let (a, b) = (AssetName("press-1"), AssetName("press-2"))
        let other = try #require(plant[b])
        for k in other.indices {
            plant[a]?[k].streams[StreamName("a")] = other[k].streams[StreamName("a")]
        }
        let found = diagnose(plant).findings.filter { $0.severity == .wrong }
        #expect(found.map(\.kind) == [.copy])
        #expect(found.first?.asset == "press-1")
        #expect(found.first?.other == "press-2")
    }

    @Test("settings say what is wrong with them")
    func problems() {
        #expect(DiagnosisSettings().problems.isEmpty)
        var settings = DiagnosisSettings()
        settings.lagMax = .milliseconds(200)
        settings.level = 0.7
        #expect(settings.problems.count == 2)
    }
}
