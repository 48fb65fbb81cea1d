/// A network as named tensors: the form in which model files keep it.
extension SenseNetwork {
    package struct Tensor: Equatable, Sendable {
        package let name: String
        /// Row-major. A layer's weight is `[inputs, outputs]`, a vector `[count]`.
        package let shape: [Int]
        package let values: [Float]

        package init(name: String, shape: [Int], values: [Float]) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    package struct Mismatch: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// `mean`, `scale`, then each layer's `weight` and `bias`.
    package var tensors: [Tensor] {
        zip(Self.shapes(architecture), columns).map { named, values in
            Tensor(name: named.name, shape: named.shape, values: values)
        }
    }

    private var columns: [[Float]] {
        var columns = [mean, scale]
        for layer in architecture.allLayers {
            let bias = layer.biasOffset ?? layer.end
            columns.append(Array(parameters[layer.offset..<bias]))
            if layer.hasBias { columns.append(Array(parameters[bias..<layer.end])) }
        }
        return columns
    }

    private static func shapes(_ architecture: SenseArchitecture) -> [(name: String, shape: [Int])]
    {
        let width = architecture.inputWidth
        return [("mean", [width]), ("scale", [width])]
            + architecture.allLayers.flatMap { layer in
                [("\(layer.name).weight", [layer.inputs, layer.outputs])]
                    + (layer.hasBias ? [("\(layer.name).bias", [layer.outputs])] : [])
            }
    }

    /// - Throws: `Mismatch` when a tensor is missing, left over, of another shape, or not finite.
    package init(architecture: SenseArchitecture, tensors: [Tensor]) throws(Mismatch) {
        guard architecture.isSound else {
            throw Mismatch(description: "a width of the network is out of bounds")
        }
        var rest = Dictionary(
            tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var columns: [[Float]] = []
        for (name, shape) in Self.shapes(architecture) {
            guard let tensor = rest.removeValue(forKey: name) else {
                throw Mismatch(description: "the tensor \(name) is missing")
            }
            guard tensor.shape == shape, tensor.values.count == shape.reduce(1, *) else {
                throw Mismatch(
                    description: "the tensor \(name) has shape \(tensor.shape), not \(shape)")
            }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw Mismatch(description: "the tensor \(name) has numbers that are not finite")
            }
            columns.append(tensor.values)
        }
        if let name = rest.keys.min() ?? (tensors.count > columns.count ? tensors.last?.name : nil)
        {
            throw Mismatch(description: "the tensor \(name) is not part of this network")
        }
        guard columns[1].allSatisfy({ $0 > 0 }) else {
            throw Mismatch(description: "the tensor scale has numbers that are not positive")
        }
        self.init(
            architecture: architecture, mean: columns[0], scale: columns[1],
            parameters: columns.dropFirst(2).flatMap(\.self))
    }
}
