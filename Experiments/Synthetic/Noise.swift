import Foundation  // `log`, `cos` and `sin`.
package import Signals

/// Standard normal numbers, two from every throw of the dice. Box and Muller 1958.
package struct Noise {
    private var random: SeededGenerator
    private var spare: Float?

    package init(_ random: SeededGenerator) {
        self.random = random
    }

    package mutating func next() -> Float {
        if let spare {
            self.spare = nil
            return spare
        }
        let bits = random.next()
        let u = (Float(bits >> 40) + 1) * 0x1p-24
        let angle = Float(bits & 0xFF_FFFF) * (0x1p-24 * 2 * .pi)
        let radius = (-2 * log(u)).squareRoot()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    package mutating func next(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
