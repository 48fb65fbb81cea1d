import Detection
import Foundation  // `exp`.
import Signals
import SyntheticSenses

/// Windows of a plant in which nothing is wrong, as what is measured on them: every sense has two
/// statistics of its own and a disagreement, all have a novelty, and all of them share a hidden factor.
struct NormalWindows {
    struct Kind: Sendable {
        var name: String
        var senses: Int
        /// Share of the variance that all statistics have in common.
        var common = 0.5
        /// Values are the third power of a normal number times its exponential: hardly any moments.
        var isHeavy = false
        /// From one window to the next; 0 for windows that know nothing of each other.
        var memory: Float = 0
        /// The last sense is missing from the windows that are judged.
        var isOneMissing = false
        /// Spreads by which all values lie higher: another regime.
        var shift: Float = 0
    }

    private let kind: Kind
    private let statistics: [Statistic]
    private var noise: Noise
    private var hidden: [Float]

    init(_ kind: Kind, seed: UInt64) {
        self.kind = kind
        statistics = Self.statistics(senses: kind.senses)
        noise = Noise(SeededGenerator(seed: seed))
        hidden = noise.next(statistics.count + 1)
    }

    /// Two senses have one disagreement.
    static func statistics(senses: Int) -> [Statistic] {
        let names = (0..<senses).map { StreamName("s\($0)") }
        let quarrels =
            senses == 2 ? [Statistic(.disagreement)] : names.map { Statistic(.disagreement, $0) }
        return names.flatMap { [Statistic(.hotelling, $0), Statistic(.residual, $0)] } + quarrels
            + [Statistic(.novelty)]
    }

    /// `present`: senses that speak.
    mutating func next(present: Int? = nil) -> Evidence {
        let fresh = (1 - kind.memory * kind.memory).squareRoot()
        for k in hidden.indices { hidden[k] = kind.memory * hidden[k] + fresh * noise.next() }
        let common = Float(kind.common).squareRoot()
        let own = (1 - common * common).squareRoot()
        let silent = present.map { StreamName("s\($0)") }
        var values: [Statistic: Double] = [:]
        for (k, statistic) in statistics.enumerated() where statistic.stream != silent {
            let x = Double(common * hidden[0] + own * hidden[k + 1] + kind.shift)
            values[statistic] = kind.isHeavy ? x * x * x * exp(abs(x)) : x
        }
        return Evidence(values: values)
    }

    /// A calibration of `count` windows in each fold, in which every sense spoke; `seed` is one draw.
    static func calibration(_ kind: Kind, count: Int, seed: UInt64) -> MaskCalibration {
        func rows(_ seed: UInt64) -> [MaskCalibration.Row] {
            var windows = NormalWindows(kind, seed: seed)
            return (0..<count).map { index in
                let start = EventTime(milliseconds: Int64(index) * 1000)
                return .init(
                    start: start, end: start + .seconds(1),
                    evidence: windows.next(present: kind.isOneMissing ? kind.senses - 1 : nil))
            }
        }
        return MaskCalibration(
            parts: rows(seed &* 4), combination: rows(seed &* 4 + 1),
            weights: DetectionSettings.Weights())!
    }

    /// Windows to judge, of the same draw.
    static func fresh(_ kind: Kind, seed: UInt64) -> NormalWindows {
        NormalWindows(kind, seed: seed &* 4 + 2)
    }

    mutating func nextJudged() -> Evidence {
        next(present: kind.isOneMissing ? kind.senses - 1 : nil)
    }
}
