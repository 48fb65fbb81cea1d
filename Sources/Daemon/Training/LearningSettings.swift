/// When the daemon trains models by itself. The `[learning]` section of the settings file.
package struct LearningSettings: Equatable, Sendable {
    /// From one training from the archive to the next; `nil`: never.
    package var retrainEvery: Duration?

    /// Times every window is learnt from in such a training, at most.
    package var epochs = 30

    /// Memory that the windows of a training may take; more are read from disk.
    package var memoryMax = 64 << 20

    package init() {}

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
        return problems
    }
}
