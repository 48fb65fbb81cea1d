package import Fusion
package import Signals

/// What is kept of one judged window to diagnose it by, some eighty bytes.
///
/// Of each sense the scores of its leading principal components over their deviations, in steps of a 25th
/// within ±5: what `SenseTrack` whitens. They are the sense's own, also under a trained model, so that a
/// model fitted on senses out of step does not hide the step. Of a vector besides
/// ```
/// s = P x / √d,    P ∈ {−1, 1}⁴ˣᵈ
/// ```
/// of its mean `x` in the unit of its input, with one `P` for all assets: ‖s − s′‖² is in proportion to
/// ‖x − x′‖² on average (Achlioptas 2003), and 0 for copies.
package struct WindowSketch: Equatable, Sendable {
    struct Sense: Equatable, Sendable {
        var place: SketchPlace
        /// `place.width` numbers; empty where the window lacks the sense.
        var directions: [Int8]
        /// Four numbers of a vector sense, none of a log.
        var signature: [Float]
    }

    package let start: EventTime
    let senses: [Sense]

    /// Components kept of each sense.
    static let directionsMax = 16
    static let signatureCount = 4
    static let stepsPerDeviation: Float = 25
    static let deviationsMax: Float = 5

    /// `nil` where not one of the senses that `model` knows is there.
    package init?(_ window: WindowSummary, model: FusionModel) {
        start = window.start
        senses = model.encoders.keys.sorted().map { name in
            let linear = model.encoders[name]!.linear
            var isVector = false
            if case .vector = linear.map.source { isVector = true }
            let place = SketchPlace(
                stream: name, width: min(Self.directionsMax, linear.componentCount),
                isVector: isVector)
            guard let summary = window.streams[name],
                let leading = linear.leading(Self.directionsMax, of: summary)
            else { return Sense(place: place, directions: [], signature: []) }
            let directions = leading.map { value in
                value.isFinite
                    ? Int8(
                        (max(-Self.deviationsMax, min(Self.deviationsMax, value))
                            * Self.stepsPerDeviation).rounded()) : 0
            }
            guard case .vector(let vector) = summary else {
                return Sense(place: place, directions: directions, signature: [])
            }
            return Sense(
                place: place, directions: directions, signature: Self.signature(of: vector.mean))
        }
        guard senses.contains(where: { !$0.directions.isEmpty }) else { return nil }
    }

    private static func signature(of mean: [Float]) -> [Float] {
        var sums = [Float](repeating: 0, count: signatureCount)
        for (j, x) in mean.enumerated() {
            let signs = signs(j)
            for k in 0..<signatureCount { sums[k] += signs >> UInt64(k) & 1 == 0 ? x : -x }
        }
        let scale = 1 / Float(max(1, mean.count)).squareRoot()
        return sums.map { $0 * scale }
    }

    /// A row of P as bits: any mixing of the place will do, if it is the same everywhere (SplitMix64).
    private static func signs(_ j: Int) -> UInt64 {
        var z = UInt64(j) &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) >> 17
    }
}

/// Where a sense lies in a sketch's bytes.
struct SketchPlace: Equatable, Sendable {
    var stream: StreamName
    /// Directions.
    var width: Int
    var isVector: Bool

    var byteCount: Int {
        1 + width + (isVector ? WindowSketch.signatureCount * MemoryLayout<Float>.size : 0)
    }
}
