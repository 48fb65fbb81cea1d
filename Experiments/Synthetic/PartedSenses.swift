package import Fusion
package import Learning
package import LinearAlgebra
import Signals

/// Senses that share c and each know a u of their own.
/// ```
/// x_m = A_m c + B_m u_m + 0.1 e ∈ R³²,   A, B ~ N(0, 1/4),   c, u_m ∈ R⁴,   y = w c + ½ w′ u₁
/// ```
/// PAPERS 4(d) 4.
package struct PartedSenses: TrainingRows {
    package static let width = 32
    package static let latents = 4

    /// How they are trained on: parts of 32 numbers.
    package static var training: TrainingSettings {
        var settings = TrainingSettings()
        settings.objective = .decAlign
        settings.hidden = [64]
        settings.epochs = 20
        settings.batch = 128
        settings.rate = 3e-3
        settings.decay = 0
        settings.noise = 0.1
        settings.senseDropout = 0
        settings.negativeGap = 0
        settings.validationShare = 0
        settings.dimension = width
        return settings
    }

    package let senses: [TrainingSense]
    /// Rows that may be trained on; those behind them are for the test.
    package let count: Int
    package let c: Matrix
    /// Per sense.
    package let own: [Matrix]
    package let y: Matrix
    private let x: [[Float]]

    package init(count: Int, test: Int, seed: UInt64) {
        var noise = Noise(SeededGenerator(seed: seed))
        let all = count + test
        func matrix(_ rows: Int, _ columns: Int, _ scale: Double = 1) -> Matrix {
            Matrix(
                rows: rows, columns: columns,
                elements: noise.next(rows * columns).map { scale * Double($0) })
        }
        let c = matrix(all, Self.latents)
        var own: [Matrix] = []
        var x: [[Float]] = []
        for _ in 0..<3 {
            let A = matrix(Self.latents, Self.width, 0.5)
            let B = matrix(Self.latents, Self.width, 0.5)
            let u = matrix(all, Self.latents)
            let clean = c.times(A).adding(u.times(B))
            own.append(u)
            x.append(clean.elements.map { Float($0) + 0.1 * noise.next() })
        }
        y = c.times(matrix(Self.latents, 1)).adding(own[0].times(matrix(Self.latents, 1)), 0.5)
        (self.c, self.own, self.x, self.count) = (c, own, x, count)
        senses = (0..<3).map {
            TrainingSense(name: StreamName("s\($0)"), front: .features(width: Self.width))
        }
    }

    package func asset(of row: Int) -> Int { row }
    package func time(of row: Int) -> Int { row }
    package func isPresent(_ sense: Int, in row: Int) -> Bool { true }
    package func fill(_ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>) {
        for (k, row) in rows.enumerated() {
            for j in 0..<Self.width { out[k * Self.width + j] = x[sense][row * Self.width + j] }
        }
    }

    /// Both parts of every row of a sense, each `rows × d`.
    package func parts(_ network: SenseNetwork, sense m: Int) -> (common: Matrix, own: Matrix) {
        let d = network.architecture.dimension
        let rows = c.rows
        var common: [Double] = []
        var own: [Double] = []
        for row in 0..<rows {
            let told = network.parts(Array(x[m][row * Self.width..<(row + 1) * Self.width]))
            common += told.common.map(Double.init)
            own += (told.own ?? []).map(Double.init)
        }
        return (
            Matrix(rows: rows, columns: d, elements: common),
            Matrix(rows: rows, columns: d, elements: own)
        )
    }
}
