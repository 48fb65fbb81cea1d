import Foundation
import Fusion
import LinearAlgebra
import Signals
import Testing

@Suite struct SenseNetworkTests {
    static let architectures: [SenseArchitecture] = [
        SenseArchitecture(front: .features(width: 37), hidden: [50], dimension: 16),
        SenseArchitecture(front: .features(width: 40), tableWidth: 8, hidden: [], dimension: 3),
        SenseArchitecture(
            front: .frames(countMax: 9, width: 5, kernel: 3, filters: 12), hidden: [20, 10],
            dimension: 8),
    ]

    private func network(
        _ architecture: SenseArchitecture, _ generator: inout SeededGenerator
    ) -> SenseNetwork {
        func random(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
            (0..<count).map { _ in Float.random(in: range, using: &generator) }
        }
        return SenseNetwork(
            architecture: architecture, mean: random(architecture.inputWidth, -1...1),
            scale: random(architecture.inputWidth, 0.5...2),
            parameters: random(architecture.parameterCount, -1...1))
    }

    private func rows(
        _ count: Int, _ architecture: SenseArchitecture, _ generator: inout SeededGenerator
    ) -> [[Float]] {
        (0..<count).map { _ in
            var row = (0..<architecture.rowWidth).map { _ in
                Float.random(in: -3...3, using: &generator)
            }
            if case .frames(let countMax, let width, _, _) = architecture.front {
                let frames = Int.random(in: 0...countMax, using: &generator)
                row[0] = Float(frames)
                for j in 1 + frames * width..<row.count { row[j] = 0 }
            }
            return row
        }
    }

    @Test(
        "A row's place is the same to the bit alone and among any others",
        arguments: architectures, UInt64(0)..<4)
    func batchesDoNotMatter(architecture: SenseArchitecture, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let network = network(architecture, &generator)
        let rows = rows(67, architecture, &generator)
        let together = network.project(rows: rows.flatMap(\.self))
        let d = architecture.dimension
        for (k, row) in rows.enumerated() {
            let alone = network.project(row)
            #expect(alone == Array(together[k * d..<(k + 1) * d]))
            #expect(abs(norm(alone) - 1) < 1e-6)
        }
    }

    @Test("What follows a row's last frame is not read", arguments: UInt64(0)..<8)
    func paddingIsNotRead(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let architecture = Self.architectures[2]
        let network = network(architecture, &generator)
        for row in rows(8, architecture, &generator) {
            var other = row
            for j in 1 + Int(row[0]) * 5..<row.count { other[j] = 7 }
            #expect(network.project(row) == network.project(other))
        }
    }

    @Test("A stated count that no row can have is held within bounds")
    func countsAreBounded() {
        #expect(SenseArchitecture.frameCount(-1, countMax: 9) == 0)
        #expect(SenseArchitecture.frameCount(.nan, countMax: 9) == 0)
        #expect(SenseArchitecture.frameCount(3, countMax: 9) == 3)
        #expect(SenseArchitecture.frameCount(.infinity, countMax: 9) == 9)
    }

    @Test("A network comes back from its tensors as it was", arguments: architectures)
    func tensorsRoundTrip(architecture: SenseArchitecture) throws {
        var generator = SeededGenerator(seed: 1)
        let network = network(architecture, &generator)
        let back = try SenseNetwork(architecture: architecture, tensors: network.tensors.shuffled())
        #expect(back == network)
    }

    @Test("Tensors that do not fit are refused with a reason")
    func misfitsAreRefused() {
        var generator = SeededGenerator(seed: 1)
        let architecture = Self.architectures[0]
        let good = network(architecture, &generator).tensors
        func reason(_ tensors: [SenseNetwork.Tensor]) -> String {
            do {
                _ = try SenseNetwork(architecture: architecture, tensors: tensors)
                return ""
            } catch {
                return error.description
            }
        }
        func changed(_ shape: [Int]? = nil, _ values: [Float]? = nil) -> [SenseNetwork.Tensor] {
            good.map { tensor in
                guard tensor.name == "hidden.0.bias" else { return tensor }
                return SenseNetwork.Tensor(
                    name: tensor.name, shape: shape ?? tensor.shape,
                    values: values ?? tensor.values)
            }
        }
        #expect(reason(good).isEmpty)
        #expect(reason(Array(good.dropLast())) == "the tensor output.bias is missing")
        #expect(
            reason(changed([2, 25])) == "the tensor hidden.0.bias has shape [2, 25], not [50]")
        #expect(reason(changed(nil, [1])).contains("has shape"))
        #expect(
            reason(changed(nil, [Float](repeating: .nan, count: 50)))
                == "the tensor hidden.0.bias has numbers that are not finite")
        let extra = SenseNetwork.Tensor(name: "own.weight", shape: [1], values: [1])
        #expect(reason(good + [extra]) == "the tensor own.weight is not part of this network")
        #expect(reason(good + [good[0]]).contains("is not part of this network"))
    }
}
