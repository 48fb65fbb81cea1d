import Fusion
import Learning
import LinearAlgebra
import Signals

/// How one asset's senses find each other in a model's space.
struct SpaceFigures {
    struct Pair: Hashable, Comparable {
        let from: StreamName
        let to: StreamName

        static func < (a: Pair, b: Pair) -> Bool { (a.from, a.to) < (b.from, b.to) }
    }

    /// By ordered pair of senses.
    private(set) var pairs: [Pair: EvaluationReport.Space] = [:]
    /// Rows of the same windows, each pair once, for the drawings.
    private(set) var rows: [Pair: (Matrix, Matrix)] = [:]

    /// Windows of an asset that are compared with each other; more are thinned evenly. The more there
    /// are, the harder is a retrieval, so it is one number for all models.
    static let windowsMax = 1000
    /// With fewer, a pair says nothing.
    private static let windowsMin = 20

    /// - Parameter windows: normal ones in the unified space, in order of time.
    init(of windows: [EmbeddedWindow]) {
        let senses = Set(windows.flatMap { $0.senses.filter { $0.value.common != nil }.keys })
            .sorted()
        for (k, a) in senses.enumerated() {
            for b in senses.dropFirst(k + 1) {
                let both = windows.compactMap { window -> ([Float], [Float])? in
                    guard let u = window.senses[a]?.common, let v = window.senses[b]?.common
                    else { return nil }
                    return (u, v)
                }
                guard both.count >= Self.windowsMin else { continue }
                add(a, Self.matrix(both.map(\.0)), b, Self.matrix(both.map(\.1)))
            }
        }
    }

    private static func matrix(_ rows: [[Float]]) -> Matrix {
        Matrix(rows: rows.count, columns: rows[0].count, floats: rows.flatMap { $0 })
    }

    private mutating func add(_ a: StreamName, _ u: Matrix, _ b: StreamName, _ v: Matrix) {
        let (there, back) = Retrieval.bothWays(u, v)
        let agreement = Agreement(u, v)
        let median = CosineDistribution.levels.firstIndex(of: 0.5)!
        func figures(_ retrieval: Retrieval) -> EvaluationReport.Space {
            EvaluationReport.Space(
                recallAt1: retrieval.recallAt1, recallAt5: retrieval.recallAt5,
                meanReciprocalRank: retrieval.meanReciprocalRank,
                matched: agreement.matched.quantiles[median],
                unmatched: agreement.unmatched.quantiles[median],
                alignment: alignment(u, v), uniformity: (uniformity(u) + uniformity(v)) / 2)
        }
        pairs[Pair(from: a, to: b)] = figures(there)
        pairs[Pair(from: b, to: a)] = figures(back)
        rows[Pair(from: a, to: b)] = (u, v)
    }
}

/// At most `countMax` of them, evenly spread.
func thinned<T>(_ all: [T], to countMax: Int) -> [T] {
    guard all.count > countMax else { return all }
    return (0..<countMax).map { all[$0 * all.count / countMax] }
}
