import Foundation  // `log` and `cos`.
package import Signals

extension SeededGenerator {
    /// Dice for one place in a training: equal numbers give equal dice, whoever throws them and
    /// when. So nothing about chance has to be kept between epochs or shared between threads.
    package init(seed: UInt64, place: Int...) {
        var mixed = seed
        for number in place {
            var generator = SeededGenerator(seed: mixed ^ UInt64(bitPattern: Int64(number)))
            mixed = generator.next()
        }
        self.init(seed: mixed)
    }

    /// Standard normal. Box and Muller 1958.
    package mutating func gaussian() -> Double {
        let u = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self)
        let v = Double.random(in: 0..<1, using: &self)
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
    }

    /// Nearly standard normal, one throw for each: the sum of four numbers of 16 bits, with variance
    /// 1 and no value beyond 3.5. For noise on inputs, of which an epoch takes millions.
    package mutating func quickGaussian() -> Float {
        let bits = next()
        let pairs = (bits & 0xFFFF_0000_FFFF) + (bits >> 16 & 0xFFFF_0000_FFFF)
        let sum = Int32(truncatingIfNeeded: (pairs & 0xFFFF_FFFF) + pairs >> 32)
        // Variance of the sum: 4 · (2³² − 1) / 12.
        return Float(sum - 131_070) * 2.642_867_6e-5
    }

    /// True with this probability.
    mutating func falls(with probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}
