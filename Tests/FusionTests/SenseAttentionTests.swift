import Foundation
import Signals
import Testing

@testable import Fusion

/// A model of three senses that look at each other.
struct SenseAttentionTests {
    private static let names = ["audio", "camera", "log"].map { StreamName($0) }

    private static func sense(_ form: RowForm, heads: Int = 2, seed: UInt64) -> NetworkModel.Sense {
        var dice = SeededGenerator(seed: seed)
        var front = SenseArchitecture.Front.features(width: form.width)
        if case .frames(let dimension, let countMax) = form {
            front = .frames(countMax: countMax, width: dimension, kernel: 2, filters: 3)
        }
        let architecture = SenseArchitecture(
            front: front, hidden: [4], dimension: 3, ownDimension: 3,
            attention: .init(heads: heads, width: 8))
        let width = architecture.inputWidth
        return .init(
            form: form,
            network: SenseNetwork(
                architecture: architecture, mean: [Float](repeating: 0.1, count: width),
                scale: [Float](repeating: 1, count: width),
                parameters: (0..<architecture.parameterCount).map { _ in
                    Float.random(in: -1...1, using: &dice)
                }),
            own: DiagonalMixture(
                ofOwnParts: (0..<30).map { _ in Double.random(in: -1...1, using: &dice) },
                dimension: 3, count: 2))
    }

    private let model = NetworkModel(
        senses: [
            names[0]: sense(.frames(dimension: 5, countMax: 4), seed: 1),
            names[1]: sense(.frames(dimension: 3, countMax: 6), seed: 2),
            names[2]: sense(.log(terms: [5, 9], inverseFrequency: [1, 0.5], buckets: 2), seed: 3),
        ], metadata: ["objective": "decalign", "attention": "2"])

    private func streams(seed: UInt64) throws -> [StreamName: StreamSummary] {
        var dice = SeededGenerator(seed: seed)
        func frames(_ count: Int, _ width: Int) -> [[Float]] {
            (0..<count).map { _ in (0..<width).map { _ in Float.random(in: -2...2, using: &dice) } }
        }
        func vector(_ frames: [[Float]]) throws -> StreamSummary {
            var summary = try #require(VectorSummary(vectors: frames))
            summary.kept = frames.flatMap(\.self)
            return .vector(summary)
        }
        return [
            Self.names[0]: try vector(frames(Int.random(in: 1...4, using: &dice), 5)),
            Self.names[1]: try vector(frames(6, 3)),
        ]
    }

    private func shown(
        _ streams: [StreamName: StreamSummary]
    ) -> ShownSequences {
        ShownSequences(of: streams) { name in
            model.senses[name].map {
                .init(reader: RowReader($0.form), network: $0.network, own: $0.own)
            }
        }
    }

    @Test("The own part hears the others, the common part does not", arguments: UInt64(0)..<8)
    func commonIsItsOwn(seed: UInt64) throws {
        let whole = try streams(seed: seed)
        var other = whole
        other[Self.names[1]] = try streams(seed: seed + 100)[Self.names[1]]
        let network = try #require(model.senses[Self.names[0]]).network
        let a = try #require(shown(whole).parts(of: Self.names[0], by: network))
        let b = try #require(shown(other).parts(of: Self.names[0], by: network))
        #expect(a.common == b.common)
        #expect(a.own != b.own)
        // One that is missing, one hidden, and alone: what the network says by itself, to the bit.
        var alone = whole
        alone[Self.names[1]] = nil
        let row = try #require(shown(whole).row(of: Self.names[0]))
        let itself = network.parts(row)
        for parts in [
            shown(alone).parts(of: Self.names[0], by: network),
            shown(whole).parts(of: Self.names[0], by: network) { $0 == Self.names[1] },
        ] {
            #expect(parts?.common == itself.common && parts?.own == itself.own)
        }
    }

    @Test("The order of the others' frames says nothing", arguments: UInt64(0)..<4)
    func order(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let network = try #require(model.senses[Self.names[1]]).network
        func frames(_ count: Int) -> [[Float]] {
            (0..<count).map { _ in (0..<8).map { _ in Float.random(in: -2...2, using: &dice) } }
        }
        let (own, others) = (frames(3).flatMap(\.self), frames(7))
        let one = network.addition(own, beside: [others.flatMap(\.self)])
        let two = network.addition(
            own, beside: others.shuffled(using: &dice))
        for (a, b) in zip(one, two) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("It comes back from its file; without the word attention its tensors are none of it")
    func file() throws {
        let again = try NetworkModel(encoded: try model.file.encoded)
        #expect(again == model && again.id == model.id)
        // What a daemon that knows no attention makes of the file: the word is nothing to it.
        var metadata = model.file.metadata
        let said = try #require(metadata["senses"])
        metadata["senses"] = said.replacing(#""attention":{"heads":2,"width":8},"#, with: "")
        #expect(metadata["senses"] != said)
        #expect(
            throws: NetworkModel.Malformed(
                reason:
                    "of its sense audio, the tensor attention.frames.bias is not part of this network"
            )
        ) { try NetworkModel(ModelFile(metadata: metadata, tensors: model.file.tensors)) }
        metadata["senses"] = said.replacing(#""heads":2"#, with: #""heads":3"#)
        #expect(
            throws: NetworkModel.Malformed(reason: "the shape of its sense audio is not possible")
        ) { try NetworkModel(ModelFile(metadata: metadata, tensors: model.file.tensors)) }
        let torn = NetworkModel(
            senses: [
                Self.names[0]: Self.sense(.summary(dimension: 2), seed: 1),
                Self.names[1]: Self.sense(.summary(dimension: 2), heads: 4, seed: 2),
            ], metadata: [:])
        #expect(
            throws: NetworkModel.Malformed(
                reason: "its senses do not all show each other frames of one width")
        ) { try NetworkModel(torn.file) }
    }
}
