/// The shape of one sense's network: what a row is, and which layers lie between it and the space.
///
/// ```
/// features     x ─────────────────────────────┐
/// frames       x ── convolution ── max, mean ─┼─ [table] ─ hidden … ─ output ── z = h / ‖h‖
/// ```
/// Hidden layers and the convolution end in a LeakyReLU; table and output are linear. The own part
/// u of a sense, what it says that no other sense knows, is a second head beside the common one:
/// the output is then `[h, u]`.
package struct SenseArchitecture: Equatable, Sendable, Codable {
    package enum Front: Equatable, Sendable, Codable {
        /// The row is the input as it stands (an "mlp").
        case features(width: Int)
        /// The row is `[n, frame 1 … frame n, zeros]`, `1 + countMax · width` numbers: a 1-D
        /// convolution over `kernel` neighbouring frames, then each filter's maximum and mean over
        /// the places where it stood (a "cnn"). Fewer frames than `kernel` are padded.
        case frames(countMax: Int, width: Int, kernel: Int, filters: Int)
    }

    package var front: Front
    /// Width of a learnt table before the hidden layers: for a bag of log templates, whose row says
    /// how much of each there is. The table's rows are the templates' embeddings, and their weighted
    /// sum goes on. `nil` for none.
    package var tableWidth: Int?
    /// Widths of the hidden layers.
    package var hidden: [Int]
    /// Dimensions of the unified space.
    package var dimension: Int
    /// Filters of a bank of which only the peaks go on, f = tanh of each one's maximum over the places
    /// of the row (one place for features), straight to the output: the cross-model CNN
    /// (`FilterPeaks`). `nil` for the layers above.
    package var peaks: Int?
    /// Numbers of the own part; `nil` for a network that makes the common part alone.
    package var ownDimension: Int?
    /// How the own part takes the other senses of a window into account; `nil` for not at all.
    package var attention: Attention?

    package init(
        front: Front, tableWidth: Int? = nil, hidden: [Int] = [256], dimension: Int,
        peaks: Int? = nil, ownDimension: Int? = nil, attention: Attention? = nil
    ) {
        self.front = front
        self.tableWidth = tableWidth
        self.hidden = hidden
        self.dimension = dimension
        self.peaks = peaks
        self.ownDimension = ownDimension
        self.attention = attention
    }

    /// Numbers of the last layer: of the common part, and of the own part behind it.
    package var outputWidth: Int { dimension + (ownDimension ?? 0) }

    /// Numbers of one row.
    package var rowWidth: Int {
        switch front {
        case .features(let width): width
        case .frames(let countMax, let width, _, _): 1 + countMax * width
        }
    }

    /// Numbers with a mean and a scale of their own: all of a row, or those of one frame.
    package var inputWidth: Int {
        switch front {
        case .features(let width), .frames(_, let width, _, _): width
        }
    }

    /// Whether every width lies between 1 and `widthMax`, so that counts of parameters are counts.
    package var isSound: Bool {
        var widths =
            [inputWidth, tableWidth ?? 1, dimension, peaks ?? 1, ownDimension ?? 1] + hidden
        if case .frames(let countMax, _, let kernel, let filters) = front {
            widths += [countMax, kernel, filters]
            guard peaks == nil || peaks == filters else { return false }
        }
        guard peaks == nil || tableWidth == nil && hidden.isEmpty else { return false }
        guard attention == nil || attention?.isSound == true && ownDimension != nil && peaks == nil
        else { return false }
        return hidden.count <= Self.hiddenMax
            && widths.allSatisfy { (1...Self.widthMax).contains($0) }
    }

    package static let widthMax = 65_536
    package static let hiddenMax = 16

    /// The layers in order of their computation, their parameters end to end.
    package var layers: [DenseLayer] {
        var layers: [DenseLayer] = []
        var width = inputWidth
        func append(_ name: String, _ outputs: Int, hasBias: Bool = true, isActivated: Bool) {
            layers.append(
                DenseLayer(
                    name: name, inputs: width, outputs: outputs, hasBias: hasBias,
                    isActivated: isActivated, offset: layers.last?.end ?? 0))
            width = outputs
        }
        if let peaks {
            if case .frames(_, _, let kernel, _) = front { width *= kernel }
            append("filters", peaks, hasBias: false, isActivated: false)
            append("output", dimension, isActivated: false)
            return layers
        }
        if case .frames(_, _, let kernel, let filters) = front {
            width *= kernel
            append("convolution", filters, isActivated: true)
            width = 2 * filters
        }
        if let tableWidth { append("table", tableWidth, hasBias: false, isActivated: false) }
        for (k, outputs) in hidden.enumerated() {
            append("hidden.\(k)", outputs, isActivated: true)
        }
        append("output", outputWidth, isActivated: false)
        return layers
    }

    /// Those on the way from a row to both parts, and those of the attention behind them.
    package var allLayers: [DenseLayer] { layers + (attentionLayers?.all ?? []) }

    package var parameterCount: Int { allLayers.last?.end ?? 0 }
}

/// One layer `y = x W + b` and where its numbers lie among a network's parameters.
package struct DenseLayer: Equatable, Sendable {
    package let name: String
    package let inputs: Int
    package let outputs: Int
    package let hasBias: Bool
    package let isActivated: Bool
    /// Where W begins: `inputs × outputs` numbers, row-major; b follows.
    package let offset: Int

    package var biasOffset: Int? { hasBias ? offset + inputs * outputs : nil }
    package var end: Int { offset + inputs * outputs + (hasBias ? outputs : 0) }

    /// What a LeakyReLU leaves of a negative number.
    package static let slope: Float = 0.01
}
