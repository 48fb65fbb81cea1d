import Fusion
import Signals

/// How a model is trained. Equal settings, rows and seed give equal networks, to the bit.
package struct TrainingSettings: Equatable, Sendable {
    package var objective: Objective = {
        // Drawn to a centroid that a sense is part of, it would in part be drawn to itself; and service
        // asks how far each sense is from the others.
        var centroid = Objective.Centroid()
        centroid.leavesOneOut = true
        return .centroid(centroid)
    }()

    /// Of the objective `decalign`.
    package var decAlign = DecAlignSettings()

    /// Heads with which each sense looks at the frames of the others, for its own part; 0 for no
    /// attention. Of the objective `decalign`.
    package var attention = 0

    /// Numbers of a frame that a sense shows the others.
    package static let attentionWidth = 16

    /// Dimensions of the unified space.
    package var dimension = 32

    /// Widths of each encoder's hidden layers.
    package var hidden = [256]

    /// τ: how sharply a window is told from its negatives.
    package var temperature = 0.1

    /// Windows of one step, all of them each other's negatives.
    package var batch = 256

    package var epochs = 50

    /// Adam's step size η.
    package var rate = 1e-3

    package var schedule = Schedule.cosine

    /// Decoupled weight decay λ.
    package var decay = 0.1

    /// Longest gradient of one encoder; a longer one is scaled down to it.
    package var clip = 2.0

    package var seed: UInt64 = 0

    /// Standard deviation of the noise on standardised numbers.
    package var noise = 1.5

    /// Share of single numbers replaced by their mean, for rows of features.
    package var featureDropout = 0.0

    /// Share of frames left out, for rows of frames.
    package var frameDropout = 0.1

    /// Share of senses left out of a window, never below two: a sense that is missing in service is
    /// then no surprise.
    package var senseDropout = 0.1

    /// Windows of the same asset closer than this are not each other's negatives: a steady machine
    /// looks alike from one window to the next.
    package var negativeGap = 60

    /// Share of the windows held back, in blocks of time; 0 for none and no early stopping.
    package var validationShare = 0.15

    /// Epochs without a better validation score after which training ends.
    package var patience = 10

    /// Of the objective `relevance` alone.
    package var relevance = RelevanceSettings()

    package enum Schedule: String, CaseIterable, Sendable {
        case constant
        /// From `rate` to 0 along half a cosine over all epochs.
        case cosine
    }

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        func check(_ isGood: Bool, _ sentence: String) { if !isGood { problems.append(sentence) } }
        check(
            (2...1024).contains(dimension),
            "dimension is \(dimension), but the space needs 2 to 1024.")
        check(
            hidden.allSatisfy { (1...8192).contains($0) }
                && hidden.count <= SenseArchitecture.hiddenMax,
            "hidden is \(hidden), but up to 16 layers of 1 to 8192 numbers are possible.")
        // Below, exponents of the softmax leave what a float can hold (`ContrastiveTerm`).
        check(
            (0.025...10).contains(temperature),
            "temperature is \(temperature), but must lie between 0.025 and 10.")
        check((2...4096).contains(batch), "batch is \(batch), but a step needs 2 to 4096 windows.")
        check(epochs >= 1, "epochs is \(epochs), but training needs at least 1.")
        check(rate > 0 && rate.isFinite, "rate is \(rate), but a step needs a positive size.")
        check(
            decay >= 0 && decay * rate < 1, "decay is \(decay), but must not be negative or huge.")
        check(clip > 0, "clip is \(clip), but the longest gradient must be positive.")
        check(noise >= 0 && noise.isFinite, "noise is \(noise), but cannot be negative.")
        for (name, share) in [
            ("feature_dropout", featureDropout), ("frame_dropout", frameDropout),
            ("sense_dropout", senseDropout),
        ] {
            check(
                (0..<1).contains(share), "\(name) is \(share), but must be at least 0 and below 1.")
        }
        check(negativeGap >= 0, "negative_gap is \(negativeGap), but cannot be negative.")
        check(
            (0...0.5).contains(validationShare),
            "validation_share is \(validationShare), but must lie between 0 and 0.5.")
        if objective == .decAlign {
            check(
                !hidden.isEmpty, "hidden is empty, but senses share a head behind a hidden layer.")
            problems += decAlign.problems()
        }
        check(
            attention == 0
                || objective == .decAlign && attention > 0
                    && Self.attentionWidth.isMultiple(of: attention),
            "attention is \(attention), but it takes 1, 2, 4, 8 or 16 heads, or 0 for none, and the objective decalign."
        )
        check(patience >= 1, "patience is \(patience), but must be at least 1.")
        if objective == .relevance { problems += relevance.problems() }
        return problems
    }

    func architecture(of sense: TrainingSense) -> SenseArchitecture {
        SenseArchitecture(
            front: sense.front, tableWidth: sense.tableWidth, hidden: hidden, dimension: dimension,
            ownDimension: objective == .decAlign ? dimension : nil,
            attention: attention > 0
                ? .init(heads: attention, width: Self.attentionWidth) : nil)
    }

    /// What a training may not change in midway. Epochs and patience may grow.
    var identity: [UInt8] {
        var writer = ByteWriter()
        writer.write(objective.name)
        if case .centroid(let centroid) = objective {
            writer.write(centroid.rule.rawValue)
            for isOn in [
                centroid.passesGradient, centroid.isNormalised, centroid.leavesOneOut,
            ] {
                writer.write(isOn)
            }
        }
        if objective == .decAlign {
            for weight in [
                decAlign.decoupling, decAlign.reconstruction, decAlign.transport, decAlign.matching,
            ] {
                writer.write(weight)
            }
            writer.write(UInt32(decAlign.prototypes))
        }
        writer.write(UInt32(dimension))
        writer.write(hidden.map { UInt32($0) })
        writer.write(UInt32(batch))
        writer.write(seed)
        writer.write(schedule.rawValue)
        writer.write(UInt32(negativeGap))
        for value in [
            temperature, rate, decay, clip, noise, featureDropout, frameDropout, senseDropout,
            validationShare,
        ] {
            writer.write(value)
        }
        if attention > 0 { writer.write(UInt32(attention)) }
        return writer.bytes
    }
}
