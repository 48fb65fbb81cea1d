package import LinearAlgebra

/// Which points of different senses belong together, as a graph, and its Laplacian.
///
/// Two points of different senses are relevant to each other when they were tagged with the same state,
/// and so are the points of one asset at one time, which are in the same state by nature. Within a sense
/// nothing is related. Each row is divided by its sum, so that the scale of μ does not depend on how many
/// points share a state, and the result made symmetric again (PAPERS 5(d)):
/// ```
/// R ← (D⁻¹ R + (D⁻¹ R)ᵀ) / 2,   L = diag(R 1) − R
/// ```
package struct RelevanceMatrix: Sendable {
    /// One point: a sense's window.
    package struct Point: Sendable {
        package var sense: Int
        /// Its tagged state, from 0.
        package var state: Int
        /// The window that it is a part of, the same number for all senses of one asset and time.
        package var window: Int

        package init(sense: Int, state: Int, window: Int) {
            self.sense = sense
            self.state = state
            self.window = window
        }
    }

    /// L, `points × points`.
    package let laplacian: Matrix

    package init(_ points: [Point]) {
        let n = points.count
        var R = Matrix(rows: n, columns: n)
        for i in 0..<n {
            let a = points[i]
            var related = 0
            for j in 0..<n {
                let b = points[j]
                guard a.sense != b.sense, a.state == b.state || a.window == b.window else {
                    continue
                }
                R[i, j] = 1
                related += 1
            }
            for j in 0..<n where related > 0 { R[i, j] /= Double(related) }
        }
        var L = Matrix(rows: n, columns: n)
        for i in 0..<n {
            var degree = 0.0
            for j in 0..<n {
                let relevance = (R[i, j] + R[j, i]) / 2
                L[i, j] = -relevance
                degree += relevance
            }
            L[i, i] += degree
        }
        laplacian = L
    }
}
