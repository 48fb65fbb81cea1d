import Histogram

/// How long each stage of a message's way takes, in nanoseconds. Switched on for replays and for
/// benchmarks; the pipeline's outcomes never depend on it.
package final class StageMeter {
    package enum Stage: Int, CaseIterable, Sendable {
        case intake, windowing, scoring

        package var name: String {
            switch self {
            case .intake: "decode"
            case .windowing: "window"
            case .scoring: "score"
            }
        }
    }

    private var histograms = Stage.allCases.map { _ in
        Histogram<UInt64>(
            highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .two)
    }

    package init() {}

    /// 50, 90, 99 and 99.9 per cent of one stage, in microseconds.
    package func microseconds(of stage: Stage) -> [Double] {
        [50, 90, 99, 99.9].map {
            Double(histograms[stage.rawValue].valueAtPercentile($0)) / 1000
        }
    }

    func start() -> Lap { Lap(meter: self) }

    /// Times one stage after the other.
    struct Lap {
        private let meter: StageMeter
        private var last = ContinuousClock.now

        fileprivate init(meter: StageMeter) {
            self.meter = meter
        }

        mutating func lap(_ stage: Stage) {
            let now = ContinuousClock.now
            let spent = last.duration(to: now).components.attoseconds / 1_000_000_000
            meter.histograms[stage.rawValue].record(UInt64(max(0, spent)))
            last = now
        }
    }
}
