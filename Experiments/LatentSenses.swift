import Foundation  // `tanh`.
import LinearAlgebra
import Signals
import SyntheticSenses

/// Windows that several senses see in part: a latent vector, of which each sense has a share of the
/// coordinates, bent and mixed with noise.
///
/// ```
/// z = μ_y + 0.5 N(0, I₁₆),   y uniform among 20 classes,   μ_y ~ N(0, I₁₆)
/// x_i = tanh(z_{P_i} A_i) B_i + 0.3 N(0, I₃₂),   A_i ~ N(0, 1/q_i),   B_i ~ N(0, 1/32)
/// ```
/// PAPERS 1(d), "ladder". Everything comes from one generator per seed.
struct LatentSenses {
    struct Part {
        /// Per sense, `labels.count × width`.
        var senses: [[Float]]
        let labels: [Int]

        var count: Int { labels.count }
    }

    static let width = 32
    static let latents = 16
    static let classes = 20

    var training: Part
    let test: Part

    /// `coordinates` draws each sense's P_i.
    init(
        coordinates: (inout SeededGenerator) -> [[Int]], training: Int = 8000, test: Int = 2000,
        using random: inout SeededGenerator
    ) {
        let coordinates = coordinates(&random)
        var noise = Noise(SeededGenerator(seed: random.next()))
        let means = (0..<Self.classes).map { _ in noise.next(Self.latents) }
        let mixings = coordinates.map { P in
            (
                P: P,
                A: noise.next(P.count * Self.width).map { $0 / Float(P.count).squareRoot() },
                B: noise.next(Self.width * Self.width).map { $0 / Float(Self.width).squareRoot() }
            )
        }
        func draw(_ count: Int) -> Part {
            let labels = (0..<count).map { _ in Int.random(in: 0..<Self.classes, using: &random) }
            var senses = mixings.map { _ in [Float]() }
            for y in labels {
                let z = means[y].map { $0 + 0.5 * noise.next() }
                for (i, mixing) in mixings.enumerated() {
                    let seen = mixing.P.map { z[$0] }
                    let bent = times(seen, mixing.A, columns: Self.width).map { tanh($0) }
                    senses[i] += times(bent, mixing.B, columns: Self.width)
                        .map { $0 + 0.3 * noise.next() }
                }
            }
            return Part(senses: senses, labels: labels)
        }
        self.training = draw(training)
        self.test = draw(test)
    }

    /// Four senses, the first poor and the last rich: 4, 8, 12 and 16 coordinates, at random.
    static func ladder(using random: inout SeededGenerator) -> [[Int]] {
        [4, 8, 12, 16].map { q in Array((0..<latents).shuffled(using: &random).prefix(q)) }
    }

    /// Four senses in a ring, each sharing four coordinates with either neighbour and none with the
    /// sense across.
    static func ring(using random: inout SeededGenerator) -> [[Int]] {
        (0..<4).map { i in (0..<8).map { (i * 4 + $0) % latents } }
    }
}

extension LatentSenses.Part {
    /// Lets one sense of a share of the windows see another window. Returns which sense of which
    /// window.
    mutating func replaceOneSense(
        inShare share: Double, using random: inout SeededGenerator
    ) -> [Int?] {
        let original = senses
        let width = LatentSenses.width
        return (0..<count).map { window in
            guard Double.random(in: 0..<1, using: &random) < share else { return nil }
            let sense = Int.random(in: 0..<senses.count, using: &random)
            let other = (window + Int.random(in: 1..<count, using: &random)) % count
            for k in 0..<width {
                senses[sense][window * width + k] = original[sense][other * width + k]
            }
            return sense
        }
    }
}

/// `x M` for a row `x` and a row-major `x.count × columns` matrix.
func times(_ x: [Float], _ M: [Float], columns: Int) -> [Float] {
    var y = [Float](repeating: 0, count: columns)
    for (i, value) in x.enumerated() {
        for j in 0..<columns { y[j] += value * M[i * columns + j] }
    }
    return y
}
