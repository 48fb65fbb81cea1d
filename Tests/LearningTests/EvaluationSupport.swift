import Foundation
import LinearAlgebra
import Signals

/// Standard normal numbers.
func gaussian(_ rows: Int, _ columns: Int, using random: inout SeededGenerator) -> Matrix {
    let elements = (0..<rows * columns).map { _ in
        let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)))
            .squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
}

/// A random rotation or reflection of `d` dimensions: the eigenvectors of a random symmetric matrix.
func rotation(_ d: Int, using random: inout SeededGenerator) -> Matrix {
    let x = gaussian(2 * d, d, using: &random)
    return SymmetricEigen(x.transposedTimes(x))!.vectors
}

/// `a + share · b`
func sum(_ a: Matrix, _ share: Double, _ b: Matrix) -> Matrix {
    Matrix(
        rows: a.rows, columns: a.columns,
        elements: zip(a.elements, b.elements).map { $0 + share * $1 })
}
