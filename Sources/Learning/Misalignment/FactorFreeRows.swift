package import Fusion
import Signals

/// Windows of a training as a model sees them that does not look at some factors; their own streams are
/// still there.
package struct FactorFreeRows: TrainingRows {
    private let rows: any TrainingRows
    /// By sense.
    private let removed: [FactorRemoval.Sense?]

    package init(_ rows: any TrainingRows, without removal: FactorRemoval) {
        self.rows = rows
        removed = rows.senses.map { removal.senses[$0.name] }
    }

    package var senses: [TrainingSense] { rows.senses }
    package var count: Int { rows.count }
    package func asset(of row: Int) -> Int { rows.asset(of: row) }
    package func time(of row: Int) -> Int { rows.time(of: row) }
    package func isPresent(_ sense: Int, in row: Int) -> Bool { rows.isPresent(sense, in: row) }

    package func fill(
        _ chosen: [Int], sense: Int, into numbers: UnsafeMutableBufferPointer<Float>
    ) throws {
        try rows.fill(chosen, sense: sense, into: numbers)
        guard let removed = removed[sense], !chosen.isEmpty else { return }
        let width = numbers.count / chosen.count
        for k in chosen.indices {
            removed.project(
                row: UnsafeMutableBufferPointer(rebasing: numbers[k * width..<(k + 1) * width]),
                front: rows.senses[sense].front)
        }
    }
}
