import Foundation  // `exp`.

/// How the senses of one window are weighted in their centroid, in training and in service.
///
/// The rules go by the agreement of each sense with the plain centroid of the others,
/// ```
/// c_m = z_m · a₋ₘ / (‖z_m‖ ‖a₋ₘ‖),   a₋ₘ ∝ Σ_{k≠m} z_k
/// ```
/// so that a single bad sense of three or more pulls the centroid less. PAPERS 0 (leave-one-out) and
/// 1 (the outside caution about uniform centroids).
package enum CentroidRule: String, CaseIterable, Equatable, Sendable, Codable {
    /// Every sense alike: `w_m = 1 / M`.
    case mean
    /// Without the sense of least agreement, when there are three or more.
    case trimmed
    /// `w_m ∝ exp(c_m / 0.1)`.
    case weighted

    /// The softmax's temperature over agreements.
    static let temperature = 0.1

    /// One weight per sense, their sum 1, from the products `zₖ · z_m` of the `count` senses present,
    /// row-major.
    package func weights(gram: [Double], count: Int) -> [Double] {
        precondition(gram.count == count * count, "\(gram.count) products of \(count) senses")
        let equal = [Double](repeating: 1 / Double(max(1, count)), count: count)
        guard self != .mean, count > 2 else { return equal }
        let agreements = Self.agreements(gram: gram, count: count)
        switch self {
        case .mean:
            return equal
        case .trimmed:
            let worst = agreements.indices.min { agreements[$0] < agreements[$1] }
            return (0..<count).map { $0 == worst ? 0 : 1 / Double(count - 1) }
        case .weighted:
            let best = agreements.max() ?? 0
            let raw = agreements.map { exp(($0 - best) / Self.temperature) }
            let sum = raw.reduce(0, +)
            return raw.map { $0 / sum }
        }
    }

    /// c_m; a centroid of the others that vanishes agrees with nothing.
    private static func agreements(gram: [Double], count: Int) -> [Double] {
        let sums = (0..<count).map { m in
            (0..<count).reduce(0) { $0 + gram[m * count + $1] }
        }
        let total = sums.reduce(0, +)
        return (0..<count).map { m in
            let own = gram[m * count + m]
            // ‖S − z_m‖² = ‖S‖² − 2 S·z_m + ‖z_m‖²
            let others = max(0, total - 2 * sums[m] + own)
            let scale = (own * others).squareRoot()
            return scale > 1e-6 ? (sums[m] - own) / scale : 0
        }
    }
}
