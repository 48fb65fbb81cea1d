import LinearAlgebra
package import Signals

/// Which sense is out of step, from the offsets of all pairs.
///
/// Offsets `o` that explain the pairs' lags best, each pair by its certainty:
/// ```
/// min Σ w_ab (o_b − o_a − l_ab)²,    w = 1 / (deviation² + 0.1²)
/// ```
/// Only differences can be seen, so the sense in the middle is taken to be right: of three senses the
/// one that two others contradict is late. Of two nobody can say which.
package struct SenseOffsets: Equatable, Sendable {
    package struct Offset: Equatable, Sendable {
        package let stream: StreamName
        /// Positive: behind the others.
        package let hops: Double
        /// One standard deviation, in hops.
        package let deviation: Double
        /// Of the pairs it was read from, the smallest.
        package let confidence: Double
    }

    /// By name; senses of which nothing can be told are left out.
    package let offsets: [Offset]
    /// The only two senses that can be told: the offset is one between them.
    package var isMutual: Bool { offsets.count == 2 }

    /// - Parameter lags: of each pair of senses once.
    package init(_ lags: [LagEstimate]) {
        let told = lags.filter(\.isTold)
        // Senses that hang together with the most others.
        let names = Self.largestGroup(told)
        let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var normal = Matrix(rows: names.count, columns: names.count)
        var right = Matrix(rows: 1, columns: names.count)
        for lag in told {
            guard let a = place[lag.from], let b = place[lag.to] else { continue }
            let weight = 1 / (lag.deviation * lag.deviation + 0.01)
            normal[a, a] += weight
            normal[b, b] += weight
            normal[a, b] -= weight
            normal[b, a] -= weight
            right[0, b] += weight * lag.hops
            right[0, a] -= weight * lag.hops
        }
        // Fixes the level, which the differences leave open.
        for k in names.indices { normal[k, k] += 1e-6 }
        guard names.count > 1, let factor = Cholesky(normal) else {
            offsets = []
            return
        }
        let solved = Array(factor.solve(rows: right).row(0))
        let middle = solved.min { a, b in
            (Self.distance(a, solved), a) < (Self.distance(b, solved), b)
        }!
        offsets = names.enumerated().map { k, name in
            let own = told.filter { $0.from == name || $0.to == name }
            return Offset(
                stream: name, hops: solved[k] - middle,
                deviation: own.map(\.deviation).min() ?? 0,
                confidence: own.map(\.confidence).max() ?? 0)
        }
    }

    private static func distance(_ level: Double, _ all: [Double]) -> Double {
        all.reduce(0) { $0 + abs($1 - level) }
    }

    private static func largestGroup(_ lags: [LagEstimate]) -> [StreamName] {
        var groups: [Set<StreamName>] = []
        for lag in lags {
            let touching = groups.filter { $0.contains(lag.from) || $0.contains(lag.to) }
            groups.removeAll { touching.contains($0) }
            groups.append(touching.reduce(into: [lag.from, lag.to]) { $0.formUnion($1) })
        }
        return (groups.max { ($0.count, $1.min()!) < ($1.count, $0.min()!) } ?? []).sorted()
    }
}
