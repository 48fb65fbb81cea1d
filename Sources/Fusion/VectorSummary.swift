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
/// last 0. Spread, slope and last are rounded to sixteen bits (0.4 %), as the archive keeps them.
package struct VectorSummary: Equatable, Sendable {
    package var frames: Int
    package var mean: [Float]
    package var spread: [Float]
    package var slope: [Float]
    package var last: [Float]
    /// The frames themselves, end to end, when a network is to read them: at most `fusion.frames_kept`,
    /// evenly chosen when there are more.
    package var kept: [Float] = []
    /// The frame farthest from the mean, less the mean; empty when one or two frames came, because
    /// then mean and last say all about them. Rounded to sixteen bits.
    package internal(set) var farthest: [Float] = []
    /// What the windows before this one were like; `nil` where nobody has kept count, and in the first
    /// two.
    package var course: VectorCourse?

    /// The frames to look at one by one: so that one bad frame is not averaged away.
    package var singleFrames: [[Float]] {
        switch frames {
        case 1: [mean]
        case 2: [zip(mean, last).map { $0 - $1 }, zip(mean, last).map { $0 + $1 }]
        default: [zip(mean, farthest).map { $0 + $1 }]
        }
    }

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
        spread = squares.map { Float(($0 / Double(n)).squareRoot()).shortened }
        slope = moments.map { Float($0 * span).shortened }
        last = (0..<d).map { Float(Double(newest[$0]) - means[$0]).shortened }
        if n > 2 {
            let far = Self.farthest(of: vectors, means: means, squares: squares)
            farthest = (0..<d).map { Float(Double(far[$0]) - means[$0]).shortened }
        }
    }

    /// The frame with the largest `Σ (x − x̄)² / σ²`: each number in its own spread of this window, so
    /// that units do not matter. The first of several.
    private static func farthest(
        of vectors: [[Float]], means: [Double], squares: [Double]
    ) -> [Float] {
        let moving = squares.indices.filter { squares[$0] > 0 }
        let inverse = moving.map { 1 / squares[$0] }
        var (best, most) = (vectors[0], -1.0)
        for vector in vectors {
            var sum = 0.0
            for (k, j) in moving.enumerated() {
                let c = Double(vector[j]) - means[j]
                sum += c * c * inverse[k]
            }
            if sum > most { (best, most) = (vector, sum) }
        }
        return best
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(frames))
        writer.write(mean)
        for block in [spread, slope, last, farthest] { writer.writeShort(block) }
        writer.write(kept)
        writer.write(course != nil)
        course?.write(to: &writer)
    }

    /// About as many bytes as `write` adds.
    var byteCount: Int {
        40 + 10 * dimension + 2 * farthest.count + 4 * kept.count
            + (course == nil ? 0 : 16 + 8 * dimension)
    }

    init(from reader: inout ByteReader) throws {
        frames = Int(try reader.read(UInt32.self))
        mean = try reader.readFloats()
        spread = try reader.readShortFloats()
        slope = try reader.readShortFloats()
        last = try reader.readShortFloats()
        farthest = try reader.readShortFloats()
        kept = try reader.readFloats()
        course = try reader.readBool() ? try VectorCourse(from: &reader) : nil
    }
}
