import LinearAlgebra
import Signals
import Testing

@Suite struct SylvesterTests {
    private func definite(_ n: Int, rank: Int, plus ridge: Double, seed: UInt64) -> Matrix {
        var dice = SeededGenerator(seed: seed)
        let B = Matrix(
            rows: n, columns: rank,
            elements: (0..<n * rank).map { _ in Double.random(in: -1...1, using: &dice) })
        var A = B.timesTransposed(B)
        for k in 0..<n { A[k, k] += ridge }
        return A
    }

    @Test(arguments: UInt64(0)..<5)
    func theSolutionSolvesTheEquation(seed: UInt64) throws {
        let G = definite(9, rank: 9, plus: 0.1, seed: seed)
        // Of low rank, as a predictor of few classes makes it.
        let H = definite(6, rank: 2, plus: 0, seed: seed + 50)
        var dice = SeededGenerator(seed: seed + 100)
        let Q = Matrix(
            rows: 9, columns: 6,
            elements: (0..<54).map { _ in Double.random(in: -1...1, using: &dice) })
        let X = try #require(SymmetricSylvester(G)?.solve(H, Q))
        #expect(G.times(X).adding(X.times(H)).minus(Q).meanMagnitude < 1e-11)
    }

    @Test func anEquationWithoutASolutionIsRefused() throws {
        let zero = Matrix(rows: 2, columns: 2)
        let Q = Matrix(rows: 2, columns: 2, repeating: 1)
        #expect(SymmetricSylvester(zero)?.solve(zero, Q) == nil)
        #expect(SymmetricSylvester(Matrix(rows: 1, columns: 1, elements: [.nan])) == nil)
    }
}
