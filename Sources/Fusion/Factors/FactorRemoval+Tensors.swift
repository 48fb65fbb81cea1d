import Foundation  // JSON of the streams' names.
import Signals

// In the file of a trained model: metadata `factors_removed`, the streams that are factors, and for each sense
// tensors `removed.level/<sense>` and `removed.spread/<sense>` whose rows are m, s and the rows of U.
extension FactorRemoval {
    private static let key = "factors_removed"
    private static let blocks = ["removed.level/", "removed.spread/"]

    /// Adds it to what is to become a model file.
    func write(to metadata: inout [String: String], _ tensors: inout [String: Tensor]) {
        let names = factors.map(\.text).sorted()
        // Strings: nothing in them can fail to encode.
        metadata[Self.key] =
            (try? JSONEncoder().encode(names)).map { String(decoding: $0, as: UTF8.self) }
        for (name, sense) in senses {
            for (block, projection) in zip(Self.blocks, [sense.level, sense.spread]) {
                guard let projection else { continue }
                tensors[block + name.text] = Tensor(
                    shape: [2 + projection.count, projection.dimension],
                    values: projection.centre + projection.scale + projection.directions)
            }
        }
    }

    /// Takes it out of what is left of a model file; `nil` for a model without.
    ///
    /// - Parameters:
    ///   - metadata: of the file, without it afterwards.
    ///   - tensors: of the file, without its own afterwards.
    /// - Throws: `NetworkModel.Malformed` when the tensors are no directions.
    init?(
        from metadata: inout [String: String], _ tensors: inout [String: Tensor]
    ) throws(NetworkModel.Malformed) {
        guard let text = metadata.removeValue(forKey: Self.key) else { return nil }
        guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw NetworkModel.Malformed(reason: "it does not say which streams are its factors")
        }
        var found: [StreamName: [NumberProjection?]] = [:]
        for (place, block) in Self.blocks.enumerated() {
            for (key, tensor) in tensors where key.hasPrefix(block) {
                let name = StreamName(String(key.dropFirst(block.count)))
                guard tensor.shape.count == 2, tensor.shape[0] > 2, let d = tensor.shape.last,
                    let projection = NumberProjection(
                        centre: Array(tensor.values.prefix(d)),
                        scale: Array(tensor.values.dropFirst(d).prefix(d)),
                        directions: Array(tensor.values.dropFirst(2 * d)))
                else {
                    throw NetworkModel.Malformed(
                        reason: "its tensor \(key) holds no directions of a factor")
                }
                tensors[key] = nil
                found[name, default: [nil, nil]][place] = projection
            }
        }
        var senses: [StreamName: Sense] = [:]
        for (name, projections) in found {
            guard let sense = Sense(level: projections[0], spread: projections[1]) else {
                throw NetworkModel.Malformed(
                    reason: "the factor's directions of its sense \(name) differ in dimension")
            }
            senses[name] = sense
        }
        self.init(factors: Set(names.map { StreamName($0) }), senses: senses)
    }
}
