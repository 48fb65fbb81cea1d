import LinearAlgebra
import Signals
import Testing

@testable import Diagnosis

@Suite("Streams and the assets they belong to")
struct WiringTests {
    private let settings = DiagnosisSettings()

    /// `count` assets with three senses each; `shared` of the states is the same for all of them.
    private func plant(
        _ count: Int, seed: UInt64, shared: Bool = false
    ) -> [(asset: AssetName, tracks: [SenseTrack])] {
        var plant = SyntheticTracks(seed: seed)
        let common = plant.state(600, 3, stay: 3)
        return (0..<count).map { k in
            let state = shared ? common : plant.state(600, 3, stay: 3)
            return (
                AssetName("press-\(k + 1)"),
                ["audio", "camera", "log"].map { plant.sense($0, of: state) }
            )
        }
    }

    private func check(_ assets: [(asset: AssetName, tracks: [SenseTrack])]) -> WiringCheck {
        var random = SeededGenerator(seed: 4)
        return WiringCheck(assets, settings: settings, using: &random)
    }

    @Test("a swap among eight assets is found, and nothing else", arguments: 0..<3)
    func swap(sense: Int) {
        var assets = plant(8, seed: 21)
        let kept = assets[2].tracks[sense]
        assets[2].tracks[sense] = assets[5].tracks[sense]
        assets[5].tracks[sense] = kept
        let found = check(assets).misplaced
        #expect(found.map(\.asset.text) == ["press-3", "press-6"])
        #expect(found.allSatisfy { $0.isSwapped && $0.stream == kept.stream })
        #expect(check(assets).findings.map(\.kind) == [.swapped])
    }

    @Test("plants in order raise nothing", arguments: 1...5)
    func clean(seed: Int) {
        #expect(check(plant(4, seed: UInt64(seed))).misplaced.isEmpty)
    }

    @Test("machines that run in step are not taken for each other", arguments: 1...5)
    func inStep(seed: Int) {
        #expect(check(plant(4, seed: UInt64(seed), shared: true)).misplaced.isEmpty)
    }

    @Test("a stream attached twice shows the asset it was taken from")
    func attachedTwice() {
        var assets = plant(4, seed: 30)
        assets[1].tracks[1] = assets[3].tracks[1]
        let found = check(assets).misplaced
        #expect(found.map(\.asset.text) == ["press-2"])
        #expect(found.map(\.home.text) == ["press-4"])
        #expect(found.allSatisfy { !$0.isSwapped })
    }

    @Test("p-values of symmetric differences are uniform")
    func uniform() {
        var plant = SyntheticTracks(seed: 17)
        let p = (0..<400).map { _ in
            SignFlipTest(
                (0..<30).map { _ in plant.normal() }, draws: 199, using: &plant.random
            ).pValue
        }
        // Kolmogorov: at 400 values the greatest gap is above 1.63/√400 once in a hundred seeds.
        let sorted = p.sorted()
        let gap = sorted.enumerated().map { abs($1 - (Double($0) + 0.5) / 400) }.max()!
        #expect(gap < 1.63 / 20 + 1.0 / 200)
        #expect(
            SignFlipTest([1, 2, 3, 4, 5, 6, 7, 8], draws: 9999, using: &plant.random).pValue < 0.01)
    }
}
