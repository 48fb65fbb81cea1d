import Learning

/// When the daemon trains models by itself. The `[learning]` section of the settings file.
package struct LearningSettings: Equatable, Sendable {
    /// From one training from the archive to the next; `nil`: never.
    package var retrainEvery: Duration?

    /// Times every window is learnt from in such a training, at most.
    package var epochs = 30

    /// Memory that the windows of a training may take; more are read from disk.
    package var memoryMax = 64 << 20

    /// What is done about windows that look misaligned, in words of `MisalignmentPolicy`.
    package var misalignment = MisalignmentPolicy.Treatment.report.rawValue

    /// Streams, or numbers of them, that senses with `use` are made indifferent to.
    package var factors: [String] = []

    package init() {}

    /// - Throws: `Unreadable` for words that make none.
    var policy: MisalignmentPolicy {
        get throws(MisalignmentPolicy.Unreadable) {
            try MisalignmentPolicy(words: [misalignment], factors: factors)
        }
    }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if let retrainEvery, retrainEvery < .seconds(60) {
            problems.append(
                "learning.retrain_every is \(retrainEvery), but a training needs at least a minute; leave it out to never train."
            )
        }
        if epochs < 1 {
            problems.append("learning.epochs is \(epochs), but training needs at least 1.")
        }
        if memoryMax < 1 << 20 {
            problems.append("learning.memory_max is \(memoryMax), but needs at least 1 MiB.")
        }
        do {
            _ = try policy
        } catch {
            problems.append("learning.\(error.description)")
        }
        return problems
    }
}
