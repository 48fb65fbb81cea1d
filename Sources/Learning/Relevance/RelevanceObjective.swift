package import LinearAlgebra

/// What filters and class predictor are to make small over N points of all senses.
///
/// ```
/// J(W, U) = (1/N) Σ ‖Uᵀ fᵢ − yᵢ‖² + (μ/2N) Σᵢⱼ Rᵢⱼ ‖fᵢ − fⱼ‖² + λ ‖U‖² + C Σ ‖W_m‖²
///         = (1/N) ‖F U − Y‖² + (μ/N) tr(Fᵀ L F) + λ ‖U‖² + C Σ ‖W_m‖²
/// ```
/// F are the answers of each sense's filters to its points (`SubSequences`), `N × r`; Y says the states
/// by ±1, `N × K`; L is the Laplacian of the relevance. Wu et al. 2016 as PAPERS 5(a) has it.
package struct RelevanceObjective: Sendable {
    package struct Weights: Equatable, Sendable {
        /// μ: how much relevant points are drawn together.
        package var relevance = 1.0
        /// λ, of the predictor.
        package var ridge = 0.01
        /// C, of the filters.
        package var decay = 5e-4

        package init() {}
    }

    /// The unknowns.
    package struct Solution: Equatable, Sendable {
        /// By sense, `w d × r`.
        package var filters: [Matrix]
        /// U, `r × K`.
        package var predictor: Matrix

        package init(filters: [Matrix], predictor: Matrix) {
            self.filters = filters
            self.predictor = predictor
        }
    }

    package let senses: [SubSequences]
    package let Y: Matrix
    package let relevance: RelevanceMatrix
    package let weights: Weights

    package var N: Int { Y.rows }

    /// - Parameters:
    ///   - senses: their points end to end are the rows of everything else.
    ///   - states: of each point, from 0.
    ///   - classes: K.
    ///   - relevance: of these points.
    ///   - weights: μ, λ and C.
    package init(
        _ senses: [SubSequences], states: [Int], classes: Int, relevance: RelevanceMatrix,
        weights: Weights = Weights()
    ) {
        precondition(
            senses.reduce(0) { $0 + $1.points } == states.count
                && relevance.count == states.count, "a state for every point")
        self.senses = senses
        self.weights = weights
        var Y = Matrix(rows: states.count, columns: classes, repeating: -1)
        for (i, state) in states.enumerated() { Y[i, state] = 1 }
        self.Y = Y
        self.relevance = relevance
    }

    package func answers(_ filters: [Matrix]) -> [SubSequences.Answers] {
        zip(senses, filters).map { $0.answers($1) }
    }

    /// F of all senses, end to end.
    package func stacked(_ answers: [SubSequences.Answers]) -> Matrix {
        Matrix(
            rows: N, columns: answers[0].f.columns, elements: answers.flatMap(\.f.elements))
    }

    package func value(_ solution: Solution) -> Double {
        let F = stacked(answers(solution.filters))
        return value(
            F, residual: F.times(solution.predictor).minus(Y), LF: relevance.laplacianTimes(F),
            solution)
    }

    private func value(
        _ F: Matrix, residual: Matrix, LF: Matrix, _ solution: Solution
    ) -> Double {
        (residual.squares + weights.relevance * F.inner(LF)) / Double(N)
            + weights.ridge * solution.predictor.squares
            + weights.decay * solution.filters.reduce(0) { $0 + $1.squares }
    }

    /// J and its gradient.
    package func gradient(_ solution: Solution) -> (value: Double, by: Solution) {
        let answers = answers(solution.filters)
        let F = stacked(answers)
        let U = solution.predictor
        let residual = F.times(U).minus(Y)
        let LF = relevance.laplacianTimes(F)
        let dF = residual.timesTransposed(U).adding(LF, weights.relevance)
            .scaled(by: 2 / Double(N))
        let dU = F.transposedTimes(residual).scaled(by: 2 / Double(N)).adding(U, 2 * weights.ridge)
        return (
            value(F, residual: residual, LF: LF, solution),
            Solution(
                filters: filterGradients(answers, by: dF, filters: solution.filters), predictor: dU)
        )
    }

    /// The gradient by each sense's filters of something with the gradient `dF` by F, plus C ‖W‖².
    func filterGradients(
        _ answers: [SubSequences.Answers], by dF: Matrix, filters: [Matrix]
    ) -> [Matrix] {
        var row = 0
        return senses.indices.map { m in
            let rows = row..<row + senses[m].points
            row = rows.upperBound
            return senses[m].gradient(answers[m], by: dF.selecting(rows: Array(rows)))
                .adding(filters[m], 2 * weights.decay)
        }
    }

    /// The best predictor of points that stand at F: `U = (Fᵀ F + λ N I)⁻¹ Fᵀ Y`.
    package func predictor(of F: Matrix) -> Matrix {
        var gram = F.transposedTimes(F)
        for k in 0..<gram.rows { gram[k, k] += weights.ridge * Double(N) }
        guard let factor = Cholesky(gram) else {
            preconditionFailure("answers lie within ±1, and the ridge keeps the rest positive")
        }
        return factor.solve(rows: Y.transposedTimes(F)).transposed
    }
}
