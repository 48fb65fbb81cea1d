import Fusion
import Signals

/// What is done to a row in training that is not done in service.
struct Augmentation: Equatable, Sendable {
    let noise: Float
    let featureDropout: Double
    let frameDropout: Double
}

/// Standardised, and in training augmented, numbers of raw rows: the input of a pass.
///
/// ```
/// x = clip((row − mean) / scale, ±30) + noise · N(0, 1)
/// ```
struct InputReader {
    let architecture: SenseArchitecture
    let mean: [Float]
    let scale: [Float]

    func read(
        _ numbers: UnsafePointer<Float>, rows: Int, into pass: EncoderPass<Float>,
        augmentation: Augmentation?, dice: inout SeededGenerator
    ) {
        switch architecture.front {
        case .features(let width):
            for row in 0..<rows {
                let x = pass.input.base + row * width
                standardise(numbers + row * width, into: x)
                if let augmentation { augment(x, augmentation, &dice) }
            }
        case .frames(let countMax, let width, _, _):
            pass.removeFrames()
            for row in 0..<rows {
                let raw = numbers + row * architecture.rowWidth
                let count = SenseArchitecture.frameCount(raw[0], countMax: countMax)
                var kept = Array(0..<count)
                if let augmentation, augmentation.frameDropout > 0, count > 1 {
                    kept.removeAll { _ in dice.falls(with: augmentation.frameDropout) }
                    if kept.isEmpty { kept = [Int.random(in: 0..<count, using: &dice)] }
                }
                let x = pass.appendFrames(kept.count)
                for (place, frame) in kept.enumerated() {
                    let x = x + place * width
                    standardise(raw + 1 + frame * width, into: x)
                    if let augmentation { augment(x, augmentation, &dice) }
                }
            }
        }
    }

    /// What a decoder is to say of rows: their standardised numbers, of frames the mean over them.
    func target(
        _ numbers: UnsafePointer<Float>, rows: Int, into out: UnsafeMutablePointer<Float>
    ) {
        let width = architecture.inputWidth
        for row in 0..<rows {
            let x = out + row * width
            switch architecture.front {
            case .features: standardise(numbers + row * width, into: x)
            case .frames(let countMax, _, _, _):
                let raw = numbers + row * architecture.rowWidth
                let count = SenseArchitecture.frameCount(raw[0], countMax: countMax)
                x.update(repeating: 0, count: width)
                withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { frame in
                    for k in 0..<count {
                        standardise(raw + 1 + k * width, into: frame.baseAddress!)
                        for j in 0..<width { x[j] += frame[j] / Float(count) }
                    }
                }
            }
            for j in 0..<width { x[j] = max(-Self.targetMax, min(Self.targetMax, x[j])) }
        }
    }

    /// Deviations beyond which one number would rule the squared error of all.
    private static let targetMax: Float = 5

    private func standardise(_ raw: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>) {
        let limit = SenseNetwork.inputMax
        mean.withUnsafeBufferPointer { mean in
            scale.withUnsafeBufferPointer { scale in
                for j in 0..<mean.count {
                    let z = (raw[j] - mean[j]) / scale[j]
                    x[j] = max(-limit, min(limit, z))
                }
            }
        }
    }

    private func augment(
        _ x: UnsafeMutablePointer<Float>, _ augmentation: Augmentation,
        _ dice: inout SeededGenerator
    ) {
        let width = mean.count
        if augmentation.noise > 0 {
            for j in 0..<width { x[j] += augmentation.noise * dice.quickGaussian() }
        }
        if augmentation.featureDropout > 0 {
            for j in 0..<width where dice.falls(with: augmentation.featureDropout) { x[j] = 0 }
        }
    }
}
