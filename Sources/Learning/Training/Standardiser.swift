import Fusion

/// Mean and scale of a sense's input numbers, from training rows.
///
/// ```
/// x̄ = Σ x / n,   σ = √(Σ (x − x̄)² / n)
/// ```
/// A number that never moved in training is not left out, for when it moves, that is news: it takes
/// the typical scale, or a twentieth of its value if that is more. The numbers of a log share one
/// scale, so that the rarest template is not the loudest.
struct Standardiser {
    private let front: SenseArchitecture.Front
    private let isShared: Bool
    /// Sums of `x − shift`: the first row's numbers, so that nothing cancels.
    private var shift: [Double] = []
    private var sums: [Double]
    private var squares: [Double]
    private var count = 0

    /// Rows that are read for it at most, spread evenly.
    static let rowsMax = 16_384

    init(_ architecture: SenseArchitecture) {
        front = architecture.front
        isShared = architecture.tableWidth != nil
        sums = [Double](repeating: 0, count: architecture.inputWidth)
        squares = sums
    }

    mutating func add(row: UnsafePointer<Float>) {
        switch front {
        case .features: add(numbers: row)
        case .frames(let countMax, let width, _, _):
            for frame in 0..<SenseArchitecture.frameCount(row[0], countMax: countMax) {
                add(numbers: row + 1 + frame * width)
            }
        }
    }

    private mutating func add(numbers x: UnsafePointer<Float>) {
        if shift.isEmpty { shift = sums.indices.map { Double(x[$0]) } }
        count += 1
        for j in sums.indices {
            let c = Double(x[j]) - shift[j]
            sums[j] += c
            squares[j] += c * c
        }
    }

    var result: (mean: [Float], scale: [Float]) {
        guard count > 0 else {
            return (sums.map { _ in 0 }, sums.map { _ in 1 })
        }
        let n = Double(count)
        let mean = sums.indices.map { shift[$0] + sums[$0] / n }
        let deviation = sums.indices.map {
            max(0, squares[$0] / n - (sums[$0] / n) * (sums[$0] / n)).squareRoot()
        }
        let isMoving = zip(mean, deviation).map { $1 > abs($0) * 1e-6 + 1e-9 }
        let moving = sums.indices.filter { isMoving[$0] }.map { deviation[$0] }.sorted()
        let typical = moving.isEmpty ? 1 : moving[moving.count / 2]
        let shared = moving.reduce(0) { $0 + $1 * $1 } / Double(max(1, moving.count))
        let scale = sums.indices.map { j in
            if isShared { return moving.isEmpty ? 1 : Float(shared.squareRoot()) }
            return Float(isMoving[j] ? deviation[j] : max(typical, abs(mean[j]) * 0.05))
        }
        return (mean.map { Float($0) }, scale)
    }
}
