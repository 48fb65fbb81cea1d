import Foundation
import Signals

/// A camera or a microphone: a fixed random picture of the machine's state, with noise.
///
/// ```
/// y = tanh(b + R[recipe] + P (cos φ, sin φ, cos 2φ, sin 2φ) + s (speed − 1)·10 + w wear + N n(t))
/// v = level + gain ∘ (y + ε)
/// ```
/// where φ = 2π phase, n(t) are two slow disturbances only this sense knows (the light, the fan next
/// door), and every number has its own level and gain, as features of mixed units do. All matrices
/// are drawn once per machine and sense.
struct VectorSense: Sendable {
    /// Deviation of ε; y varies by about half.
    static let noise = 0.15
    /// How much noisier a noisy sense is.
    static let noiseFactor = 4.0
    /// Deviation of a drift over the numbers, in units of y, when it has grown for its whole length.
    static let driftEnd = 1.5

    private let dimension: Int
    /// Rows of `dimension` numbers: bias and recipe, phase (4), speed, wear, disturbance (2).
    private let recipes: [Double]
    private let slopes: [Double]
    private let level: [Double]
    private let gain: [Double]
    private let disturbances: [(omega: Double, theta: Double)]
    private var random: SeededGenerator
    private var y: [Double]
    /// What it said last while it was not stuck.
    private(set) var values: [Double]

    init(settings: PlantSettings, asset: Int, sense: Sense) {
        let role: UInt64 = sense == .camera ? 10 : 20
        var maker = SeededGenerator(seed: settings.seed, asset: asset, role: role)
        let n = settings.settings(of: sense).dimension
        func row(_ scale: Double) -> [Double] { (0..<n).map { _ in scale * maker.normal() } }
        let bias = row(0.2)
        recipes = (0..<Recipe.count).flatMap { _ in zip(bias, row(0.7)).map { $0 + $1 } }
        slopes = [0.45, 0.45, 0.2, 0.2, 0.25, 0.1, 0.2, 0.2].flatMap { row($0) }
        let isCamera = sense == .camera
        level = (0..<n).map { _ in isCamera ? 0.5 : maker.between(-45 ... -20) }
        gain = (0..<n).map { _ in isCamera ? maker.between(0.1...0.4) : maker.between(3...9) }
        disturbances = [11.0, 29.0].map { seconds in
            (2 * .pi / (seconds * maker.between(0.9...1.1)), 2 * .pi * maker.unit())
        }
        dimension = n
        y = Array(repeating: 0, count: n)
        values = level
        random = SeededGenerator(seed: settings.seed, asset: asset, role: role + 1)
    }

    /// Looks at `state`, `seconds` after the plant's start, and leaves what it sees in `values`.
    ///
    /// Draws the same chances whatever is wrong with it: after a fault it says again what it would
    /// have said without one.
    mutating func look(at state: MachineState, seconds: Double, fault: PlannedFault?) {
        let n = dimension
        let phi = 2 * .pi * state.phase
        let c = cos(phi)
        let s = sin(phi)
        let d0 = sin(disturbances[0].omega * seconds + disturbances[0].theta)
        let d1 = sin(disturbances[1].omega * seconds + disturbances[1].theta)
        let x = (c, s, c * c - s * s, 2 * s * c, (state.speed - 1) * 10, state.wear, d0, d1)
        let recipe = state.recipe.index * n
        for i in 0..<n {
            let phase =
                x.0 * slopes[i] + x.1 * slopes[n + i] + x.2 * slopes[2 * n + i]
                + x.3 * slopes[3 * n + i]
            let rest =
                x.4 * slopes[4 * n + i] + x.5 * slopes[5 * n + i] + x.6 * slopes[6 * n + i]
                + x.7 * slopes[7 * n + i]
            y[i] = tanh(recipes[recipe + i] + phase + rest)
        }
        let noise = fault?.kind == .noise ? Self.noise * Self.noiseFactor : Self.noise
        for i in 0..<n { y[i] += noise * random.normal() }
        if let fault, fault.kind == .drift {
            var direction = SeededGenerator(seed: fault.chance)
            let grown = (seconds - fault.from) / (fault.to - fault.from)
            for i in 0..<n { y[i] += Self.driftEnd * grown * direction.normal() }
        }
        if fault?.kind == .stuck { return }
        for i in 0..<n { values[i] = level[i] + gain[i] * y[i] }
    }
}
