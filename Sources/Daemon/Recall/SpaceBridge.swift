import Learning
import LinearAlgebra

/// What a place in one model's space would be in another's.
///
/// Two models that look at the same windows give two places for each, and a line with an intercept from the
/// one to the other is learnt from these by least squares; what comes out is scaled to unit length, as places
/// are. Whether that is worth anything is measured on blocks of windows that it was not learnt from.
struct SpaceBridge {
    private let probe: FactorProbe
    /// The share of the places' variance that comes over, at most 1.
    let fidelity: Double

    /// A bridge that carries less than half is none: what is then like the image is not like the thing.
    static let fidelityMin = 0.5
    /// Windows that follow each other are alike: whole blocks of them are learnt from, or held back.
    private static let block = 20

    /// `nil` where there are too few windows, or less than half comes over.
    ///
    /// - Parameters:
    ///   - from: of each window, in order of time, the place in the one space.
    ///   - to: the same windows' places in the other.
    init?(from: [[Float]], to: [[Float]]) {
        precondition(from.count == to.count, "two places for each window")
        guard let width = from.first?.count, let other = to.first?.count,
            from.count >= max(4 * Self.block, 4 * width)
        else { return nil }
        func rows(_ places: [[Float]], _ columns: Int, _ wanted: (Int) -> Bool) -> Matrix {
            let kept = places.indices.filter(wanted).map { places[$0] }
            return Matrix(rows: kept.count, columns: columns, floats: kept.flatMap { $0 })
        }
        func isHeldBack(_ index: Int) -> Bool { (index / Self.block).isMultiple(of: 2) }
        let tried = FactorProbe(
            embeddings: rows(from, width) { !isHeldBack($0) },
            factors: rows(to, other) { !isHeldBack($0) })
        let truth = rows(to, other, isHeldBack)
        let told = tried.predict(rows(from, width, isHeldBack))
        let error = told.minus(truth)
        let means = (0..<other).map { k in
            (0..<truth.rows).reduce(0) { $0 + truth[$1, k] } / Double(truth.rows)
        }
        let spread = (0..<truth.rows).reduce(0.0) { sum, i in
            truth.row(i).enumerated().reduce(sum) {
                $0 + ($1.element - means[$1.offset]) * ($1.element - means[$1.offset])
            }
        }
        fidelity = spread > 0 ? 1 - error.inner(error) / spread : 0
        guard fidelity >= Self.fidelityMin else { return nil }
        probe = FactorProbe(
            embeddings: rows(from, width) { _ in true }, factors: rows(to, other) { _ in true })
    }

    /// The place of `z` in the other space.
    func carried(_ z: [Float]) -> [Float] {
        let told = probe.predict(Matrix(rows: 1, columns: z.count, floats: z))
        return normalised(told.elements.map { Float($0) })
    }
}
