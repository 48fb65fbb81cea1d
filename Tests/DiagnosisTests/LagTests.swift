import LinearAlgebra
import Signals
import Testing

@testable import Diagnosis

@Suite("Lags between senses")
struct LagTests {
    private let settings = DiagnosisSettings()

    private func lag(_ x: SenseTrack, _ y: SenseTrack) -> LagEstimate {
        var random = SeededGenerator(seed: 9)
        return LagEstimate(x, y, settings: settings, using: &random)
    }

    @Test("a copy of a sense with later stamps is late by exactly so many hops", arguments: -5...5)
    func shiftedCopy(hops: Int) {
        var plant = SyntheticTracks(seed: 3)
        let state = plant.state(400, 3, stay: 1)
        let track = plant.sense("camera", of: state)
        let found = lag(track, track.delayed(by: hops))
        #expect(found.isTold)
        #expect(abs(found.hops - Double(hops)) < 0.1)
        #expect(found.confidence > 0.99)
    }

    @Test("another sense of the same state is late within half a hop", arguments: 1...10)
    func otherSense(seed: Int) {
        var plant = SyntheticTracks(seed: UInt64(seed))
        let state = plant.state(600, 3, stay: 1 + seed % 6)
        let hops = seed % 11 - 5
        let x = plant.sense("audio", of: state)
        let y = plant.sense("camera", of: state, hops: hops)
        let found = lag(x, y)
        #expect(found.isTold)
        #expect(abs(found.hops - Double(hops)) <= 0.5)
        let back = lag(y, x)
        #expect(abs(back.hops + found.hops) < 0.1)
    }

    @Test("senses with nothing in common have no lag that could be told", arguments: 1...10)
    func unrelated(seed: Int) {
        var plant = SyntheticTracks(seed: UInt64(seed))
        let first = plant.state(600, 3, stay: 4)
        let second = plant.state(600, 3, stay: 4)
        let x = plant.sense("audio", of: first)
        let y = plant.sense("camera", of: second)
        #expect(!lag(x, y).isTold)
    }

    @Test("a state that hardly ever changes gives no number")
    func slow() {
        var plant = SyntheticTracks(seed: 5)
        let state = plant.state(600, 2, stay: 300)
        let x = plant.sense("audio", of: state, noise: 2)
        let y = plant.sense("camera", of: state, noise: 2)
        #expect(!lag(x, y).isTold)
    }

    @Test("the peak of a parabola is found between its points")
    func parabola() {
        let values = (0..<9).map { -(Double($0) - 4.3) * (Double($0) - 4.3) }
        #expect(abs(LagEstimate.peak(of: values) - 4.3) < 1e-9)
    }

    @Test("of three senses the one that two others contradict is late; of two nobody can say")
    func attribution() {
        var plant = SyntheticTracks(seed: 8)
        let state = plant.state(600, 3, stay: 2)
        let tracks = [
            plant.sense("audio", of: state), plant.sense("camera", of: state, hops: 3),
            plant.sense("log", of: state),
        ]
        let pairs = [(0, 1), (0, 2), (1, 2)].map { lag(tracks[$0], tracks[$1]) }
        let offsets = SenseOffsets(pairs)
        let hops = offsets.offsets.map { ($0.stream.text, $0.hops.rounded()) }
        #expect(hops.map(\.0) == ["audio", "camera", "log"])
        #expect(hops.map(\.1) == [0, 3, 0])
        #expect(!offsets.isMutual)
        #expect(SenseOffsets([pairs[0]]).isMutual)
        let inStep = offsets.bringingInStep(tracks)
        #expect(inStep[1].slots == tracks[0].slots)
    }

    @Test("agreement does not depend on how a sense's numbers are turned or scaled")
    func invariance() {
        var plant = SyntheticTracks(seed: 12)
        let state = plant.state(400, 3, stay: 3)
        let x = plant.sense("audio", of: state)
        let seen = state.times(plant.matrix(3, 5)).adding(plant.matrix(400, 5), 0.3)
        let turned = seen.times(plant.matrix(5, 5)).scaled(by: 1000)
        func agreement(_ rows: Matrix) -> Double {
            let y = SenseTrack(stream: StreamName("camera"), slots: x.slots, rows: rows.whitened()!)
            return BlockCovariances(x, y, blockLength: 16).agreement()
        }
        #expect(abs(agreement(seen) - agreement(turned)) < 1e-6)
    }
}
