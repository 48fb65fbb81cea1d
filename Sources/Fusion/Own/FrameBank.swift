import Foundation  // `log`.
import LinearAlgebra
import Signals

/// Normal single frames of a vector sense: how odd the oddest frame of a window is.
///
/// A window's mean hides one bad frame among ten, or one of two. For each frame that the summary
/// shows, standardised and seen along k principal components of normal frames,
/// ```
/// d² = ‖t − nearest normal t‖² + (‖x‖² − ‖t‖²)
/// ```
/// and the window's measure is the largest ln d.
struct FrameBank: Equatable, Sendable {
    private let mean: [Float]
    private let scale: [Float]
    /// `k × dimension`, row-major.
    private let directions: [Float]
    private let bank: ReferenceBank

    private static let componentsMax = 16
    /// Frames that the components are learnt from, at most.
    private static let fittingMax = 1024
    private static let numberMax: Float = 30

    /// `nil` for senses with mostly one frame in a window: its mean is the frame, and T² and Q see it.
    init?(fittingOn summaries: [StreamSummary]) {
        var several = 0
        var frames: [[Float]] = []
        for case .vector(let vector) in summaries {
            if vector.frames > 1 { several += 1 }
            frames += vector.singleFrames
        }
        guard several * 2 > summaries.count, let d = frames.first?.count else { return nil }
        frames = thinned(frames.filter { $0.count == d }, to: Self.fittingMax)
        guard frames.count >= 16 else { return nil }
        let n = Double(frames.count)
        var sums = [Double](repeating: 0, count: d)
        var squares = sums
        for frame in frames { for j in 0..<d { sums[j] += Double(frame[j]) } }
        for j in 0..<d { sums[j] /= n }
        for frame in frames {
            for j in 0..<d {
                squares[j] += (Double(frame[j]) - sums[j]) * (Double(frame[j]) - sums[j])
            }
        }
        let deviations = squares.map { ($0 / n).squareRoot() }
        let moving = deviations.filter { $0 > 1e-9 }.sorted()
        let typical = moving.isEmpty ? 1 : moving[moving.count / 2]
        mean = sums.map { Float($0) }
        // A number that stood still in the fit is news when it moves, as in `FeatureMap`.
        scale = (0..<d).map { j in
            let isStill = deviations[j] <= 2e-6 * abs(sums[j]) || deviations[j] < 1e-12
            return Float(isStill ? max(typical, abs(sums[j]) * 0.05) : deviations[j])
        }
        let rows = Self.standardised(frames, mean: mean, scale: scale)
        let x = Matrix(rows: rows.count, columns: d, elements: rows.flatMap { $0.map(Double.init) })
        guard let components = PrincipalComponents(of: x, max: Self.componentsMax) else {
            return nil
        }
        let directions = components.directions.elements.map { Float($0) }
        let k = components.variances.count
        guard let bank = ReferenceBank(of: rows.map { product(directions, rows: k, $0) }) else {
            return nil
        }
        self.directions = directions
        self.bank = bank
    }

    private static func standardised(
        _ frames: [[Float]], mean: [Float], scale: [Float]
    ) -> [[Float]] {
        frames.map { frame in
            frame.indices.map { j in
                max(-numberMax, min(numberMax, (frame[j] - mean[j]) / scale[j]))
            }
        }
    }

    /// ln of the largest distance; `nil` for a summary of another dimension.
    func oddness(of vector: VectorSummary) -> Double? {
        guard vector.dimension == mean.count else { return nil }
        var worst = 0.0
        for x in Self.standardised(vector.singleFrames, mean: mean, scale: scale) {
            let t = product(directions, rows: bank.dimension, x)
            let outside = max(0, dot(x, x) - dot(t, t))
            worst = max(worst, Double(bank.squaredDistance(to: t, k: 1)) + outside)
        }
        return 0.5 * log(worst + 1e-6)
    }

    func write(to writer: inout ByteWriter) {
        writer.write(mean)
        writer.write(scale)
        writer.write(directions)
        bank.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws {
        mean = try reader.readFloats()
        scale = try reader.readFloats()
        directions = try reader.readFloats()
        bank = try ReferenceBank(from: &reader)
        guard scale.count == mean.count, directions.count == bank.dimension * mean.count else {
            throw FusionModel.Malformed(reason: "a bank of frames does not fit its components")
        }
    }
}
