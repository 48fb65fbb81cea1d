import Signals
import Testing

@testable import Fusion

@Suite("Files of trained models")
struct NetworkModelTests {
    private static func sense(
        _ form: RowForm, dimension: Int = 3, seed: UInt64 = 1
    ) -> NetworkModel.Sense {
        var dice = SeededGenerator(seed: seed)
        let architecture = SenseArchitecture(
            front: .features(width: form.width), hidden: [4], dimension: dimension)
        return .init(
            form: form,
            network: SenseNetwork(
                architecture: architecture,
                mean: [Float](repeating: 0, count: form.width),
                scale: [Float](repeating: 1, count: form.width),
                parameters: (0..<architecture.parameterCount).map { _ in
                    Float.random(in: -1...1, using: &dice)
                }))
    }

    private let model = NetworkModel(
        senses: [
            StreamName("camera"): sense(.summary(dimension: 2)),
            StreamName("log"): sense(
                .log(terms: [5, 9], inverseFrequency: [1, 0.5], buckets: 2), seed: 2),
        ], metadata: ["objective": "centroid"])

    @Test("A model comes back from its file with the same content and id")
    func roundTrip() throws {
        let again = try NetworkModel(encoded: try model.file.encoded)
        #expect(again == model)
        #expect(again.id == model.id && model.id.count == 64)
        #expect(
            NetworkModel(senses: model.senses, metadata: ["objective": "all-pairs"]).id != model.id)
    }

    @Test(
        "Own parts come back with their mixtures and regimes, and stand beside the same common part"
    )
    func ownParts() throws {
        var dice = SeededGenerator(seed: 3)
        let plain = Self.sense(.summary(dimension: 2)).network
        let architecture = SenseArchitecture(
            front: .features(width: plain.architecture.rowWidth), hidden: [4], dimension: 3,
            ownDimension: 2)
        let network = SenseNetwork(
            architecture: architecture, mean: plain.mean, scale: plain.scale,
            parameters: (0..<architecture.parameterCount).map { _ in
                Float.random(in: -1...1, using: &dice)
            })
        let rows = (0..<40).map { _ in
            (0..<plain.mean.count).map { _ in Float.random(in: -1...1, using: &dice) }
        }
        let own = rows.compactMap { network.parts($0).own }
        #expect(own.allSatisfy { $0.count == 2 })
        for row in rows {
            #expect(network.parts(row).common == network.project(row))
        }
        let mixture = DiagonalMixture(
            ofOwnParts: own.flatMap { $0.map(Double.init) }, dimension: 2, count: 3)
        let model = NetworkModel(
            senses: [
                StreamName("camera"): .init(
                    form: .summary(dimension: 2), network: network, own: mixture)
            ], regimes: Prototypes(centres: [[0, 0, 1], [1, 0, 0]]), metadata: [:])
        let again = try NetworkModel(encoded: try model.file.encoded)
        #expect(again == model)
        #expect(again.regimes.nearest(to: [0.9, 0, 0.1]) == 1)
        // What lies far from all of them is odder than what the mixture was made of.
        let usual = own.map { mixture.oddness(of: $0) }.max()!
        #expect(mixture.oddness(of: [50, -50]) > usual)
    }

    @Test("A changed bit anywhere is noticed", arguments: UInt64(0)..<20)
    func tampered(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var bytes = try model.file.encoded
        bytes[Int.random(in: bytes.indices, using: &dice)] ^=
            1
            << UInt8.random(
                in: 0..<8, using: &dice)
        #expect(throws: (any Error).self) { try NetworkModel(encoded: bytes) }
        #expect(throws: (any Error).self) { try NetworkModel(encoded: Array(bytes.dropLast())) }
    }

    private func refusal(_ change: (inout [String: Tensor], inout [String: String]) -> Void)
        -> String
    {
        var tensors = model.file.tensors
        var metadata = model.file.metadata
        change(&tensors, &metadata)
        do throws(NetworkModel.Malformed) {
            _ = try NetworkModel(ModelFile(metadata: metadata, tensors: tensors))
            return ""
        } catch {
            return error.reason
        }
    }

    @Test("A file whose tensors are not those of its networks is refused with the reason")
    func foreign() {
        #expect(
            refusal { tensors, _ in tensors["ghost/mean"] = Tensor(shape: [1], values: [0]) }
                == "the tensor ghost/mean belongs to none of its senses")
        #expect(
            refusal { tensors, _ in tensors["camera/extra"] = Tensor(shape: [1], values: [0]) }
                == "of its sense camera, the tensor extra is not part of this network")
        #expect(
            refusal { tensors, _ in tensors["camera/mean"] = nil }
                == "of its sense camera, the tensor mean is missing")
        #expect(
            refusal { tensors, _ in tensors["camera/mean"] = Tensor(shape: [1], values: [0]) }
                == "of its sense camera, the tensor mean has shape [1], not [8]")
        #expect(
            refusal { tensors, _ in
                tensors["camera/scale"] = Tensor(
                    shape: [8], values: [Float](repeating: 0, count: 8))
            } == "of its sense camera, the tensor scale has numbers that are not positive")
        #expect(
            refusal { _, metadata in metadata["senses"] = nil }
                == "its metadata do not say which senses it has")
        #expect(
            refusal { _, metadata in metadata["senses"] = "{}" }
                == "its metadata do not say which senses it has")
        #expect(
            refusal { _, metadata in
                metadata["senses"] = metadata["senses"]?.replacing(
                    #""summary":{"dimension":2}"#, with: #""summary":{"dimension":3}"#)
            } == "the shape of its sense camera is not possible")
    }

    @Test("Senses of different dimensions share no space")
    func dimensions() {
        let torn = NetworkModel(
            senses: [
                StreamName("a"): Self.sense(.summary(dimension: 2)),
                StreamName("b"): Self.sense(.summary(dimension: 2), dimension: 5),
            ], metadata: [:])
        #expect(throws: NetworkModel.Malformed(reason: "its senses do not share one space")) {
            try NetworkModel(torn.file)
        }
    }
}
