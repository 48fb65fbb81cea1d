import Foundation
import Fusion
import Learning
import Signals

/// Windows of senses that see one hidden state through different non-linear maps.
///
/// ```
/// x_m = tanh(s A_m) B_m + 0.1 N(0, 1)
/// ```
struct SyntheticRows: TrainingRows {
    var senses: [TrainingSense] = []
    let count: Int
    var isMissing: @Sendable (_ sense: Int, _ row: Int) -> Bool = { _, _ in false }
    private var numbers: [[Float]] = []
    private let period: Int

    struct Unreadable: Error {}
    var assets = 2
    /// A row that cannot be read.
    var broken: Int?

    /// `period` windows in a row show nearly the same state.
    init(count: Int, senses senseCount: Int, frames: Bool = false, period: Int = 1, seed: UInt64) {
        self.count = count
        self.period = period
        var dice = SeededGenerator(seed: seed)
        func matrix(_ rows: Int, _ columns: Int) -> [[Double]] {
            (0..<rows).map { _ in
                (0..<columns).map { _ in dice.gaussian() / Double(rows).squareRoot() }
            }
        }
        func times(_ x: [Double], _ a: [[Double]]) -> [Double] {
            a[0].indices.map { j in x.indices.reduce(0) { $0 + x[$1] * a[$1][j] } }
        }
        let (latent, width) = (4, 10)
        var states: [[Double]] = []
        for row in 0..<count {
            states.append(
                row % period == 0
                    ? (0..<latent).map { _ in 1.5 * dice.gaussian() } : states[row - 1])
        }
        for m in 0..<senseCount {
            let (a, b) = (matrix(latent, 16), matrix(16, width))
            let hasFrames = frames && m == 0
            var column: [Float] = []
            for state in states {
                let clean = times(times(state, a).map { tanh($0) }, b)
                let count = hasFrames ? Int.random(in: 1...4, using: &dice) : 1
                if hasFrames { column.append(Float(count)) }
                for frame in 0..<(hasFrames ? 4 : 1) {
                    column += clean.map {
                        frame < count ? Float(5 + $0 + 0.1 * dice.gaussian()) : 0
                    }
                }
            }
            numbers.append(column)
            senses.append(
                TrainingSense(
                    name: StreamName("s\(m)"),
                    front: hasFrames
                        ? .frames(countMax: 4, width: width, kernel: 2, filters: 24)
                        : .features(width: width)))
        }
    }

    func asset(of row: Int) -> Int { row % assets }
    func time(of row: Int) -> Int { row / assets }
    func isPresent(_ sense: Int, in row: Int) -> Bool { !isMissing(sense, row) }

    func row(_ row: Int, sense: Int) -> [Float] {
        let width = numbers[sense].count / count
        return Array(numbers[sense][row * width..<(row + 1) * width])
    }

    func fill(
        _ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>
    ) throws {
        var place = 0
        for row in rows {
            if row == broken { throw Unreadable() }
            for x in self.row(row, sense: sense) {
                out[place] = x
                place += 1
            }
        }
        precondition(place == out.count)
    }
}

extension SyntheticRows {
    /// Lets a sense see the states of other windows.
    mutating func replace(sense: Int, by other: SyntheticRows) {
        numbers[sense] = other.numbers[sense]
    }
}
