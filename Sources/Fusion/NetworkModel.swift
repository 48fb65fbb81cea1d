import Foundation  // JSON of a sense's shape.
package import Signals

/// A trained model: one network for each sense it knows. Immutable; its identity is its content.
package struct NetworkModel: Equatable, Sendable {
    package struct Sense: Equatable, Sendable {
        package let form: RowForm
        package let network: SenseNetwork
        /// Of a network with an own part: what that part is on the windows it was trained on.
        package let own: DiagonalMixture?

        package init(form: RowForm, network: SenseNetwork, own: DiagonalMixture? = nil) {
            self.form = form
            self.network = network
            self.own = own
        }
    }

    /// SHA-256 of the content, 64 hexadecimal digits.
    package let id: String
    package let senses: [StreamName: Sense]
    /// Where the centroids of the training's windows gather; none for most objectives.
    package let regimes: Prototypes
    /// What the training took out of its windows, and every model made of it does not look at.
    package let removal: FactorRemoval?
    /// Of the unified space.
    package let dimension: Int
    /// What the training had to say: objective, seed, data range, settings, the table of its epochs.
    package let metadata: [String: String]
    /// Reads the machine's state from the senses' filters; only of models that learnt from tagged windows.
    package let states: StatePredictor?

    /// Frames that must stay beside a window's summary for all senses to be read.
    package var framesNeeded: Int {
        senses.values.map { sense in
            if case .frames(_, let countMax) = sense.form { countMax } else { 0 }
        }.max() ?? 0
    }

    /// The first digits, for people.
    package var shortID: String { String(id.prefix(16)) }

    /// Why a file that is sound in itself is no model of ours.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let reason: String
        package var description: String { "this is no usable model file: \(reason)" }
    }

    private struct Shape: Codable {
        var form: RowForm
        var architecture: SenseArchitecture
    }

    private static let sensesKey = "senses"
    private static let regimesKey = "regimes"
    private static let mixtureKeys = ["own.weights", "own.means", "own.variances"]
    private static let statesKey = "states"
    private static let predictorKey = "states.predictor"
    private static let temperatureKey = "states.temperature"
    private static let floorsKey = "states.floors"

    /// - Parameters:
    ///   - senses: by name; they share one space.
    ///   - regimes: in that space.
    ///   - metadata: of the training; it may not use the keys `senses`, `states`, `states.floors` and
    ///     `factors_removed`.
    ///   - states: what reads the machine's state, of as many filters as every sense has.
    ///   - removal: what was taken out of the windows.
    package init(
        senses: [StreamName: Sense], regimes: Prototypes = Prototypes(centres: []),
        metadata: [String: String], states: StatePredictor? = nil, removal: FactorRemoval? = nil
    ) {
        self.senses = senses
        self.regimes = regimes
        self.metadata = metadata
        self.states = states
        self.removal = removal
        dimension = senses.values.first?.network.architecture.dimension ?? 0
        id = Self.file(senses, regimes, metadata, states, removal).digest
    }

    package var file: ModelFile { Self.file(senses, regimes, metadata, states, removal) }

    private static func file(
        _ senses: [StreamName: Sense], _ regimes: Prototypes, _ metadata: [String: String],
        _ states: StatePredictor?, _ removal: FactorRemoval?
    ) -> ModelFile {
        var tensors: [String: Tensor] = [:]
        var shapes: [String: Shape] = [:]
        for (name, sense) in senses {
            shapes[name.text] = Shape(
                form: sense.form, architecture: sense.network.architecture)
            for tensor in sense.network.tensors {
                tensors["\(name.text)/\(tensor.name)"] = Tensor(
                    shape: tensor.shape, values: tensor.values)
            }
            guard let own = sense.own else { continue }
            for (key, column) in zip(mixtureKeys, [own.weights, own.means, own.variances]) {
                tensors["\(name.text)/\(key)"] = Tensor(
                    shape: key == mixtureKeys[0] ? [own.count] : [own.count, own.dimension],
                    values: column.map { Float($0) })
            }
        }
        if let d = regimes.centres.first?.count {
            tensors[regimesKey] = Tensor(
                shape: [regimes.centres.count, d], values: regimes.centres.flatMap(\.self))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Names and finite numbers: nothing in it can fail to encode.
        func json(_ value: some Encodable) -> String {
            (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        var metadata = metadata
        metadata[sensesKey] = json(shapes)
        if let states {
            metadata[statesKey] = json(states.names)
            if !states.floors.isEmpty {
                metadata[floorsKey] = json(
                    Dictionary(uniqueKeysWithValues: states.floors.map { ($0.text, $1) }))
            }
            tensors[predictorKey] = Tensor(
                shape: [states.filters, states.names.count], values: states.weights)
            tensors[temperatureKey] = Tensor(shape: [1], values: [states.temperature])
        }
        removal?.write(to: &metadata, &tensors)
        return ModelFile(metadata: metadata, tensors: tensors)
    }

    /// - Throws: `Malformed` when the tensors are not those of the networks the metadata names.
    package init(_ file: ModelFile) throws(Malformed) {
        var metadata = file.metadata
        guard let text = metadata.removeValue(forKey: Self.sensesKey),
            let shapes = try? JSONDecoder().decode([String: Shape].self, from: Data(text.utf8)),
            !shapes.isEmpty
        else { throw Malformed(reason: "its metadata do not say which senses it has") }
        var rest = file.tensors
        removal = try FactorRemoval(from: &metadata, &rest)
        var senses: [StreamName: Sense] = [:]
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            let prefix = name + "/"
            var tensors: [SenseNetwork.Tensor] = []
            for (key, tensor) in rest where key.hasPrefix(prefix) {
                tensors.append(
                    .init(
                        name: String(key.dropFirst(prefix.count)), shape: tensor.shape,
                        values: tensor.values))
                rest[key] = nil
            }
            let stored = Self.mixtureKeys.compactMap { key -> [Double]? in
                tensors.firstIndex { $0.name == key }.map {
                    tensors.remove(at: $0).values.map(Double.init)
                }
            }
            let own = DiagonalMixture(checking: stored)
            guard stored.isEmpty || own?.dimension == shape.architecture.ownDimension else {
                throw Malformed(reason: "the mixture of its sense \(name) is none of its own part")
            }
            guard shape.form.isSound, shape.architecture.isSound,
                shape.architecture.rowWidth == shape.form.width
            else { throw Malformed(reason: "the shape of its sense \(name) is not possible") }
            do {
                senses[StreamName(name)] = Sense(
                    form: shape.form,
                    network: try SenseNetwork(architecture: shape.architecture, tensors: tensors),
                    own: own)
            } catch {
                throw Malformed(reason: "of its sense \(name), \(error)")
            }
        }
        states = try Self.states(&metadata, &rest, of: senses)
        let stored = rest.removeValue(forKey: Self.regimesKey)
        if let left = rest.keys.min() {
            throw Malformed(reason: "the tensor \(left) belongs to none of its senses")
        }
        let dimensions = Set(senses.values.map(\.network.architecture.dimension))
        guard dimensions.count == 1, let dimension = dimensions.first else {
            throw Malformed(reason: "its senses do not share one space")
        }
        guard Set(senses.values.map(\.network.architecture.attention)).count == 1 else {
            throw Malformed(reason: "its senses do not all show each other frames of one width")
        }
        guard stored.map({ $0.shape.count == 2 && $0.shape[1] == dimension }) ?? true else {
            throw Malformed(reason: "its regimes are no places of its space")
        }
        regimes = Prototypes(
            centres: stride(from: 0, to: stored?.values.count ?? 0, by: dimension).map {
                Array(stored!.values[$0..<$0 + dimension])
            })
        self.senses = senses
        self.metadata = metadata
        self.dimension = dimension
        id = file.digest
    }
}

extension NetworkModel {
    /// Takes the predictor out of what is left of a file.
    private static func states(
        _ metadata: inout [String: String], _ rest: inout [String: Tensor],
        of senses: [StreamName: Sense]
    ) throws(Malformed) -> StatePredictor? {
        guard let text = metadata.removeValue(forKey: statesKey) else { return nil }
        let floors = metadata.removeValue(forKey: floorsKey).map {
            try? JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
        }
        guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)),
            !names.isEmpty, let weights = rest.removeValue(forKey: predictorKey),
            let temperature = rest.removeValue(forKey: temperatureKey)?.values.first,
            temperature > 0, weights.shape.count == 2, weights.shape[1] == names.count,
            weights.shape[0] * weights.shape[1] == weights.values.count,
            senses.values.allSatisfy({ $0.network.architecture.peaks == weights.shape[0] }),
            let floors = floors ?? [:]
        else { throw Malformed(reason: "its predictor of states does not fit its filters") }
        return StatePredictor(
            names: names, weights: weights.values, temperature: temperature,
            floors: Dictionary(uniqueKeysWithValues: floors.map { (StreamName($0), $1) }))
    }

    /// Reads a model file's bytes.
    ///
    /// - Throws: `ModelFileError` for a damaged file, `Malformed` for another kind of one.
    package init(encoded bytes: [UInt8]) throws {
        try self.init(ModelFile(encoded: bytes))
    }
}
