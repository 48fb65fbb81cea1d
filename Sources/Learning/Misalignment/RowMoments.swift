import Fusion
import LinearAlgebra

// What is in the rows of a vector sense, whatever form they have.
extension TrainingRows {
    /// The numbers of these rows end to end, and how many a row has.
    func numbers(of sense: Int, in chosen: [Int]) throws -> (numbers: [Float], width: Int) {
        let width = SenseArchitecture(front: senses[sense].front, dimension: 2).rowWidth
        var numbers = [Float](repeating: 0, count: chosen.count * width)
        try numbers.withUnsafeMutableBufferPointer { try fill(chosen, sense: sense, into: $0) }
        return (numbers, width)
    }

    /// Mean and spread of each number of the vector over the frames of a window, a row for each of
    /// `chosen`.
    func moments(of sense: Int, in chosen: [Int]) throws -> (level: Matrix, spread: Matrix) {
        let (numbers, rowWidth) = try numbers(of: sense, in: chosen)
        guard case .frames(let countMax, let d, _, _) = senses[sense].front else {
            let d = max(1, rowWidth / VectorSummary.blocks)
            func block(_ first: Int) -> Matrix {
                Matrix(
                    rows: chosen.count, columns: d,
                    elements: chosen.indices.flatMap { i in
                        (0..<d).map { Double(numbers[i * rowWidth + first + $0]) }
                    })
            }
            return (block(0), block(min(d, rowWidth - d)))
        }
        var level = Matrix(rows: chosen.count, columns: d)
        var spread = level
        for i in chosen.indices {
            let frames = SenseArchitecture.frameCount(numbers[i * rowWidth], countMax: countMax)
            guard frames > 0 else { continue }
            for j in 0..<d {
                let values = (0..<frames).map { Double(numbers[i * rowWidth + 1 + $0 * d + j]) }
                let mean = values.reduce(0, +) / Double(frames)
                let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                level[i, j] = mean
                spread[i, j] = (square / Double(frames)).squareRoot()
            }
        }
        return (level, spread)
    }
}

/// Less the mean of each asset.
func centred(_ values: [Double], assets: [Int]) -> [Double] {
    var sums: [Int: (sum: Double, count: Double)] = [:]
    for (value, asset) in zip(values, assets) {
        let old = sums[asset] ?? (0, 0)
        sums[asset] = (old.sum + value, old.count + 1)
    }
    return zip(values, assets).map { value, asset in
        value - sums[asset]!.sum / sums[asset]!.count
    }
}
