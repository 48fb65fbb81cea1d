package import Signals

/// What the simulated plant is made of. The same settings give the same bytes, always.
package struct PlantSettings: Equatable, Sendable {
    package var seed: UInt64 = 1

    /// How many machines; they are called `press-1`, `press-2`, ...
    package var assets = 3

    /// True time of the first sample.
    package var start: EventTime

    /// How long the plant runs; `nil`: for ever.
    package var duration: Duration?

    /// How long every machine runs well before its first fault. What a model learns from.
    package var faultFree: Duration = .seconds(300)

    /// From one fault's beginning to the next one's on the same machine, give or take an eighth;
    /// `nil`: no faults at all.
    package var faultEvery: Duration? = .seconds(40)

    /// How long a fault lasts, give or take a quarter.
    package var faultLength: Duration = .seconds(14)

    /// The kinds of fault that take turns.
    package var faultKinds = FaultKind.allCases

    /// Recipes a machine runs. A linear fit on a minute can still tell five apart.
    package var recipes = 5

    /// How long a recipe runs before the next, in seconds. Short, so that a few minutes of past
    /// show each of them several times; the first round is cut so that a minute shows all.
    package var recipeSeconds: ClosedRange<Double> = 8...20

    package var camera = SenseSettings(rate: 10, dimension: 32, clockOffset: .milliseconds(40))
    package var audio = SenseSettings(rate: 8, dimension: 24, clockOffset: .milliseconds(-25))

    /// The log's `dimension` is not used. Its clock is the one nobody ever set.
    package var log = SenseSettings(rate: 2, dimension: 0, clockOffset: .milliseconds(300))

    /// A message leaves this long after its sample at most.
    package var jitterMax: Duration = .milliseconds(30)

    /// Share of messages held up on their way, so that later ones overtake them.
    package var stragglers = 0.005

    /// How much longer a straggler takes at most.
    package var stragglerDelayMax: Duration = .milliseconds(300)

    /// One sense of every machine.
    package struct SenseSettings: Equatable, Sendable {
        /// Samples per second.
        package var rate: Double
        /// Numbers in one vector.
        package var dimension: Int
        /// By how much its stamps are ahead of true time; the same for good.
        package var clockOffset: Duration

        package init(rate: Double, dimension: Int, clockOffset: Duration) {
            self.rate = rate
            self.dimension = dimension
            self.clockOffset = clockOffset
        }
    }

    package init(start: EventTime) {
        self.start = start
    }

    package func assetName(_ index: Int) -> AssetName { AssetName("press-\(index + 1)") }

    package func settings(of sense: Sense) -> SenseSettings {
        switch sense {
        case .camera: camera
        case .audio: audio
        case .log: log
        }
    }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if assets < 1 {
            problems.append("assets is \(assets), but a plant has at least one machine.")
        }
        if !(2...Recipe.ordinaryMax).contains(recipes) {
            problems.append(
                "recipes is \(recipes), but a machine runs 2 to \(Recipe.ordinaryMax) of them.")
        }
        if recipeSeconds.lowerBound < 1 {
            problems.append("a recipe runs \(recipeSeconds) s, but it needs a second at least.")
        }
        for sense in Sense.allCases {
            let one = settings(of: sense)
            if !(one.rate > 0 && one.rate <= 10_000) {
                problems.append("\(sense).rate is \(one.rate), but it must be in (0, 10000] Hz.")
            }
            if sense != .log, !(1...4096).contains(one.dimension) {
                problems.append("\(sense).dimension is \(one.dimension), but must be 1 to 4096.")
            }
        }
        if faultFree < .zero || jitterMax < .zero || stragglerDelayMax < .zero {
            problems.append("fault_free, jitter and straggler delay cannot be negative.")
        }
        if !(0...1).contains(stragglers) {
            problems.append("stragglers is \(stragglers), but it is a share between 0 and 1.")
        }
        if let faultEvery {
            if faultLength < .seconds(1) || faultLength * 2 > faultEvery {
                problems.append(
                    "fault_length is \(faultLength), but it must be a second or more and at most "
                        + "half of fault_every (\(faultEvery)), so that faults never overlap.")
            }
            if faultKinds.isEmpty {
                problems.append("fault_kinds is empty; leave out fault_every to have no faults.")
            }
        }
        return problems
    }
}

/// The three senses of a simulated machine.
package enum Sense: String, CaseIterable, Sendable, CustomStringConvertible {
    case camera, audio, log

    package var stream: StreamName { StreamName(rawValue) }
    package var description: String { rawValue }
}
