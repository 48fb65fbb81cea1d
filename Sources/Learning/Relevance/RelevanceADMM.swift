package import LinearAlgebra

/// The alternating direction method of multipliers on a `RelevanceObjective`.
///
/// The points' places S are set free from the filters' answers F(W), held together by multipliers A:
/// ```
/// min J with S for F   subject to   S = F(W)
/// U ← (Sᵀ S + λ N I)⁻¹ Sᵀ Y
/// S ← of G S + S H = Q,   G = (2μ/N) L + β I,  H = (2/N) U Uᵀ,  Q = (2/N) Y Uᵀ − A + β F
/// W ← steps of Adam down −⟨A, F⟩ + (β/2) ‖S − F‖² + C ‖W‖²
/// A ← A + β (S − F)
/// ```
/// Primal residual: mean |S − F|; dual residual: β · mean |F − F before|. Both small, the constraint
/// holds and nothing moves. PAPERS 5(a); Boyd et al. 2011 for the residuals. G is decomposed once:
/// `points³` work and `points²` memory, so this is for some thousand points; descent has no such limit.
package struct RelevanceADMM {
    package struct Settings: Equatable, Sendable {
        /// β
        package var penalty = 1.0
        package var iterationsMax = 60
        /// Steps of Adam on the filters in each iteration.
        package var filterSteps = 10
        package var rate = 0.02
        /// Both residuals below it end the iterations.
        package var residualMax = 1e-3

        package init() {}
    }

    package struct Outcome: Sendable {
        package var solution: RelevanceObjective.Solution
        /// J, with F for S.
        package var value: Double
        package var iterations: Int
        package var primalResidual: Double
        package var dualResidual: Double
        /// Whether the residuals ended it, and not the number of iterations.
        package var isConverged: Bool
    }

    /// - Parameters:
    ///   - objective: over all points.
    ///   - start: only its filters matter; the predictor follows from them.
    ///   - settings: of the method.
    /// - Returns: `nil` when a number was not finite on the way.
    package static func solve(
        _ objective: RelevanceObjective, from start: [Matrix], settings: Settings = Settings()
    ) -> Outcome? {
        let (N, beta) = (Double(objective.N), settings.penalty)
        var G = objective.relevance.laplacian.scaled(by: 2 * objective.weights.relevance / N)
        for i in 0..<objective.N { G[i, i] += beta }
        guard let sylvester = SymmetricSylvester(G) else { return nil }
        var W = start
        let adam = W.map { Adam<Double>(count: $0.elements.count) }
        var answers = objective.answers(W)
        var F = objective.stacked(answers)
        var S = F
        var A = Matrix(rows: F.rows, columns: F.columns)
        var U = objective.predictor(of: S)
        var (primal, dual) = (Double.infinity, Double.infinity)
        var iterations = 0
        while iterations < settings.iterationsMax,
            max(primal, dual) > settings.residualMax
        {
            iterations += 1
            U = objective.predictor(of: S)
            let Q = objective.Y.timesTransposed(U).scaled(by: 2 / N).minus(A).adding(F, beta)
            guard let moved = sylvester.solve(U.timesTransposed(U).scaled(by: 2 / N), Q) else {
                return nil
            }
            S = moved
            let before = F
            for _ in 0..<settings.filterSteps {
                let dF = A.adding(S.minus(F), beta).scaled(by: -1)
                let gradients = objective.filterGradients(answers, by: dF, filters: W)
                for m in W.indices { adam[m].step(&W[m], gradients[m], rate: settings.rate) }
                answers = objective.answers(W)
                F = objective.stacked(answers)
            }
            let gap = S.minus(F)
            A = A.adding(gap, beta)
            primal = gap.meanMagnitude
            dual = beta * F.minus(before).meanMagnitude
            guard primal.isFinite, dual.isFinite else { return nil }
        }
        let solution = RelevanceObjective.Solution(filters: W, predictor: U)
        return Outcome(
            solution: solution, value: objective.value(solution), iterations: iterations,
            primalResidual: primal, dualResidual: dual,
            isConverged: max(primal, dual) <= settings.residualMax)
    }
}
