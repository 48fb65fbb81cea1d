package import LinearAlgebra

/// Which points of different senses belong together, as a graph, and its Laplacian.
///
/// Two points of different senses are relevant to each other when they were tagged with the same state,
/// as those of one window are by nature. Within a sense nothing is related. Each row is divided by its
/// sum, so that the scale of μ does not depend on how many points share a state, and the result made
/// symmetric again (PAPERS 5(d)):
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

    private let points: [Point]
    /// Points of one sense and state, which are all related to the same others: their number, and that of
    /// those others, by state and sense.
    private let groups: [[(members: Int, related: Int)]]

    package var count: Int { points.count }

    package init(_ points: [Point]) {
        self.points = points
        let senses = (points.map(\.sense).max() ?? -1) + 1
        let states = (points.map(\.state).max() ?? -1) + 1
        var members = [[Int]](repeating: [Int](repeating: 0, count: senses), count: states)
        for point in points { members[point.state][point.sense] += 1 }
        groups = members.map { row in
            let all = row.reduce(0, +)
            return row.map { ($0, all - $0) }
        }
    }

    /// Half of what a point of this group gives each point related to it: `1 / (2 D)`.
    private func share(_ group: (members: Int, related: Int)) -> Double {
        group.members > 0 && group.related > 0 ? 0.5 / Double(group.related) : 0
    }

    /// L, `points × points`.
    package var laplacian: Matrix {
        let n = points.count
        var L = Matrix(rows: n, columns: n)
        for (i, a) in points.enumerated() {
            for (j, b) in points.enumerated() where a.sense != b.sense && a.state == b.state {
                let relevance =
                    share(groups[a.state][a.sense]) + share(groups[b.state][b.sense])
                L[i, j] = -relevance
                L[i, i] += relevance
            }
        }
        return L
    }

    /// `L F` by the sums of each group: as much work as F has numbers, where L itself has the square of
    /// the points.
    package func laplacianTimes(_ F: Matrix) -> Matrix {
        let r = F.columns
        let zeros = [Double](repeating: 0, count: r)
        var sums = groups.map { $0.map { _ in zeros } }
        for (i, point) in points.enumerated() {
            for c in 0..<r { sums[point.state][point.sense][c] += F[i, c] }
        }
        // By state, over its senses: the sum, and the sum of what each gives.
        let totals = zip(groups, sums).map { groups, sums in
            var (plain, shared, weight) = (zeros, zeros, 0.0)
            for (group, sum) in zip(groups, sums) {
                let share = share(group)
                weight += share * Double(group.members)
                for c in 0..<r {
                    plain[c] += sum[c]
                    shared[c] += share * sum[c]
                }
            }
            return (plain: plain, shared: shared, weight: weight)
        }
        var LF = Matrix(rows: F.rows, columns: r)
        for (i, point) in points.enumerated() {
            let group = groups[point.state][point.sense]
            guard group.related > 0 else { continue }
            let (own, share) = (sums[point.state][point.sense], share(group))
            let total = totals[point.state]
            let degree =
                share * Double(group.related) + total.weight - share * Double(group.members)
            for c in 0..<r {
                LF[i, c] =
                    degree * F[i, c] - share * (total.plain[c] - own[c])
                    - (total.shared[c] - share * own[c])
            }
        }
        return LF
    }
}
