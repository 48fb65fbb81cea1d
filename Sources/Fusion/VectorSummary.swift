import Signals
import Windowing

/// What the frames of one vector stream did in a window, per number of the vector.
///
/// For frames `x₁ … x_n` in order of time, in the unit of the input:
/// ```
/// mean    x̄ = Σ xᵢ / n
/// spread  σ = √(Σ (xᵢ − x̄)² / n)
/// slope   β = Σ tᵢ (xᵢ − x̄) / Σ tᵢ² · (n − 1),   tᵢ = i − (n + 1)/2    (change over the window)
/// last    x_n − x̄
/// ```
/// The order of the frames is their time; uneven spacing is ignored. One frame has spread, slope and
/// last 0.
package struct VectorSummary: Equatable, Sendable {
    package var frames: Int
    package var mean: [Float]
    package var spread: [Float]
    package var slope: [Float]
    package var last: [Float]
    /// The frames themselves, end to end, when a network is to read them: at most `fusion.frames_kept`,
    /// evenly chosen when there are more.
    package var kept: [Float] = []

    /// Features of each number of the vector, in the order of `features`.
    package static let blocks = 4

    /// `[mean, spread, slope, last]`, end to end: `blocks × dimension` numbers.
    package var features: [Float] { mean + spread + slope + last }

    package var dimension: Int { mean.count }

    /// `nil` when there is no frame. All frames have the dimension of the first; Intake saw to it.
    init?(frames windowFrames: [StreamWindow.Frame], keeping framesKept: Int) {
        var vectors: [[Float]] = []
        vectors.reserveCapacity(windowFrames.count)
        for frame in windowFrames {
            if case .vector(let vector) = frame.value { vectors.append(vector) }
        }
        guard let newest = vectors.last else { return nil }
        self.init(vectors: vectors, newest: newest)
        let count = min(framesKept, vectors.count)
        for k in 0..<count {
            kept += vectors[count == 1 ? vectors.count - 1 : k * (vectors.count - 1) / (count - 1)]
        }
    }

    /// For tests and for readers of their own frames.
    package init?(vectors: [[Float]]) {
        guard let newest = vectors.last else { return nil }
        self.init(vectors: vectors, newest: newest)
    }

    private init(vectors: [[Float]], newest: [Float]) {
        let n = vectors.count
        let d = newest.count
        precondition(vectors.allSatisfy { $0.count == d }, "frames of one stream are equally long")
        var sums = [Double](repeating: 0, count: d)
        for vector in vectors {
            for j in 0..<d { sums[j] += Double(vector[j]) }
        }
        let means = sums.map { $0 / Double(n) }
        var squares = [Double](repeating: 0, count: d)
        var moments = [Double](repeating: 0, count: d)
        var timeSquares = 0.0
        for (i, vector) in vectors.enumerated() {
            let t = Double(i) - Double(n - 1) / 2
            timeSquares += t * t
            for j in 0..<d {
                let c = Double(vector[j]) - means[j]
                squares[j] += c * c
                moments[j] += t * c
            }
        }
        let span = timeSquares > 0 ? Double(n - 1) / timeSquares : 0
        frames = n
        mean = means.map { Float($0) }
        spread = squares.map { Float(($0 / Double(n)).squareRoot()) }
        slope = moments.map { Float($0 * span) }
        last = (0..<d).map { Float(Double(newest[$0]) - means[$0]) }
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(frames))
        for block in [mean, spread, slope, last, kept] { writer.write(block) }
    }

    init(from reader: inout ByteReader) throws {
        frames = Int(try reader.read(UInt32.self))
        mean = try reader.readFloats()
        spread = try reader.readFloats()
        slope = try reader.readFloats()
        last = try reader.readFloats()
        kept = try reader.readFloats()
    }
}
