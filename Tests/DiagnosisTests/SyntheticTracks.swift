import LinearAlgebra
import Signals

@testable import Diagnosis

/// Tracks of which everything is known.
struct SyntheticTracks {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }

    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        var x = Matrix(rows: rows, columns: columns)
        for k in x.elements.indices { x.elements[k] = normal() }
        return x
    }

    /// A hidden state of `columns` numbers that a new one replaces every `stay` windows.
    mutating func state(_ rows: Int, _ columns: Int, stay: Int) -> Matrix {
        var x = Matrix(rows: rows, columns: columns)
        for i in 0..<rows {
            for k in 0..<columns { x[i, k] = i % stay == 0 ? normal() : x[i - 1, k] }
        }
        return x
    }

    /// What a sense with `columns` numbers sees of the state, `hops` late, with noise.
    mutating func sense(
        _ name: String, of state: Matrix, columns: Int = 6, noise: Double = 0.5, hops: Int = 0
    ) -> SenseTrack {
        let map = matrix(state.columns, columns)
        var x = state.times(map)
        for k in x.elements.indices { x.elements[k] += noise * normal() }
        let start = 1_000_000
        return SenseTrack(
            stream: StreamName(name), slots: (0..<x.rows).map { start + hops + $0 },
            rows: x.whitened()!)
    }
}
