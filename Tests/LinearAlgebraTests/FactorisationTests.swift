import LinearAlgebra
import Signals
import Testing

@Suite struct FactorisationTests {
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &generator) }
        )
    }

    private func distance(_ a: Matrix, _ b: Matrix) -> Double {
        zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
    }

    @Test("The three products agree with the sum they are defined by", arguments: UInt64(0)..<8)
    func productsFollowTheirDefinition(seed: UInt64) {
        let a = random(7, 5, seed: seed)
        let b = random(5, 4, seed: seed + 100)
        let c = random(7, 3, seed: seed + 200)
        for i in 0..<7 {
            for j in 0..<4 {
                let sum = (0..<5).reduce(0) { $0 + a[i, $1] * b[$1, j] }
                #expect(abs(a.times(b)[i, j] - sum) < 1e-12)
                #expect(abs(a.timesTransposed(b.transposedTimes(identity(5)))[i, j] - sum) < 1e-12)
            }
        }
        for i in 0..<5 {
            for j in 0..<3 {
                let sum = (0..<7).reduce(0) { $0 + a[$1, i] * c[$1, j] }
                #expect(abs(a.transposedTimes(c)[i, j] - sum) < 1e-12)
            }
        }
    }

    @Test(
        "Eigenvectors rebuild the matrix, are orthonormal and come largest first",
        arguments: UInt64(0)..<8)
    func eigenvectorsRebuildTheMatrix(seed: UInt64) throws {
        let x = random(12, 9, seed: seed)
        let a = x.transposedTimes(x)
        let eigen = try #require(SymmetricEigen(a))
        #expect(eigen.values == eigen.values.sorted(by: >))
        #expect(distance(eigen.vectors.timesTransposed(eigen.vectors), identity(9)) < 1e-10)
        var scaled = eigen.vectors
        for k in 0..<9 { for j in 0..<9 { scaled[k, j] *= eigen.values[k] } }
        #expect(distance(eigen.vectors.transposedTimes(scaled), a) < 1e-10)
    }

    @Test("The sign of an eigenvector is fixed by its largest entry", arguments: UInt64(0)..<8)
    func signsAreFixed(seed: UInt64) throws {
        let x = random(10, 6, seed: seed)
        let eigen = try #require(SymmetricEigen(x.transposedTimes(x)))
        for k in 0..<6 {
            let peak = eigen.vectors.row(k).max { abs($0) < abs($1) }!
            #expect(peak > 0)
        }
    }

    @Test("A matrix with a number that is not finite has no eigenvectors")
    func notFiniteIsRefused() {
        var a = identity(3)
        a[1, 1] = .nan
        #expect(SymmetricEigen(a) == nil)
    }

    @Test("A Cholesky factor solves what it factored", arguments: UInt64(0)..<8)
    func factorSolves(seed: UInt64) throws {
        let x = random(12, 6, seed: seed)
        var a = x.transposedTimes(x)
        for j in 0..<6 { a[j, j] += 0.1 }
        let b = random(3, 6, seed: seed + 50)
        let solution = try #require(Cholesky(a)).solve(rows: b)
        #expect(distance(solution.times(a), b) < 1e-9)
    }

    @Test("A matrix that is not positive definite has no factor")
    func indefiniteIsRefused() {
        var a = identity(3)
        a[2, 2] = -1
        #expect(Cholesky(a) == nil)
    }

    @Test(
        "A window's product does not depend on what stands around it in memory",
        arguments: UInt64(0)..<8)
    func inferenceProductIsTheSum(seed: UInt64) {
        let m = random(9, 33, seed: seed).elements.map { Float($0) }
        let x = random(1, 33, seed: seed + 9).elements.map { Float($0) }
        let y = product(m, rows: 9, x)
        #expect(y == product(Array(m), rows: 9, Array(x)))
        for i in 0..<9 {
            let exact = dot(Array(m[i * 33..<(i + 1) * 33]), x)
            #expect(abs(Double(y[i]) - exact) < 1e-5)
        }
    }

    @Test("A normalised vector is unit length; a vanishing one stays")
    func normalisation() {
        #expect(abs(norm(normalised([3, 4])) - 1) < 1e-6)
        #expect(normalised([0, 0]) == [0, 0])
        #expect(cosine([1, 0], [0, 0]) == 0)
    }

    private func identity(_ n: Int) -> Matrix {
        var matrix = Matrix(rows: n, columns: n)
        for i in 0..<n { matrix[i, i] = 1 }
        return matrix
    }
}
