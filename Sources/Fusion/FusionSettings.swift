/// How windows become one space. The `[fusion]` section of the settings file.
package struct FusionSettings: Equatable, Sendable {
    /// Senses a window needs for a score; with fewer its score is null and its quality bad.
    package var sensesMin = 1

    /// Windows of an asset from which its first model is fitted.
    package var warmupWindows = 300

    /// Calm operation after which the model is fitted again, because a machine shows its recipes
    /// one after another.
    package var refitAfter: [Duration] = [.seconds(3600), .seconds(8 * 3600), .seconds(7 * 86_400)]

    /// Windows between the request of a refit and the switch to it: time for the fit to run beside
    /// the flow. The number is fixed so that a replay switches at the same window.
    package var refitLagWindows = 60

    /// Windows that a trained model judges beside the one in service before it takes over.
    package var shadowWindows = 300

    /// Windows of one asset kept for refits; when full, every second one is let go.
    package var archiveWindowsMax = 2000

    /// A trained model that every asset is to use, a file made by `anchord train`; read at start and at
    /// a reload. `nil`: the linear alignment, until a command says otherwise.
    package var model: String?

    /// The archives of all assets together; each gets an equal share, and at least its warm-up. Half of
    /// what the database may fill by default.
    package var archiveBytesMax = 256 << 20

    /// Dimensions of the unified space at most.
    package var dimensionsMax = 16

    /// Principal components of a sense, as a share of the windows they are fitted on.
    package var componentsPerWindow = 0.1

    /// Principal components of a sense at most: bounds the memory of a model.
    package var componentsMax = 64

    /// Ridge of the alignment, in units of a standardised feature's variance.
    package var ridge = 0.1

    /// How the senses of a window are weighted in its centroid: `trimmed` leaves out the one that
    /// agrees least, `weighted` weighs each by its agreement; with two senses all are alike.
    package var centroid = CentroidRule.mean

    /// Frames of a vector stream kept beside a window's summary, for models that read frames ("cnn").
    package var framesKept = 0

    /// Time in which the weight of an old anchor in the rolling anchor falls to half.
    package var rollingAnchorHalfLife: Duration = .seconds(600)

    /// A sense leaves the disagreement unless its correlation on held-back blocks beats this share
    /// of circular shifts.
    package var permutationLevel = 0.01

    /// It leaves too when its cosine is above that of a false pairing with a lower chance than this.
    package var separationMin = 0.6

    /// Windows of one asset held while its first fit runs; at the limit the pipeline waits for it.
    package var heldMax = 4096

    /// The same over all assets: about 50 MB of camera, audio and log.
    package var heldTotalMax = 10_000

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if sensesMin < 1 {
            problems.append(
                "fusion.senses_min is \(sensesMin), but a score needs at least 1 sense.")
        }
        if warmupWindows < 40 {
            problems.append(
                "fusion.warmup_windows is \(warmupWindows), but fewer than 40 cannot be split into blocks that fit and blocks that calibrate."
            )
        }
        if refitAfter.contains(where: { $0 <= .zero }) || refitAfter != refitAfter.sorted() {
            problems.append("fusion.refit_after must be positive durations in rising order.")
        }
        if refitLagWindows < 1 {
            problems.append(
                "fusion.refit_lag_windows is \(refitLagWindows), but must be at least 1.")
        }
        if shadowWindows < 0 {
            problems.append(
                "fusion.shadow_windows is \(shadowWindows), but cannot be negative.")
        }
        if archiveWindowsMax < warmupWindows {
            problems.append(
                "fusion.archive_windows_max is \(archiveWindowsMax), but must hold the \(warmupWindows) windows of the warm-up."
            )
        }
        if archiveBytesMax < 1 << 20 {
            problems.append(
                "fusion.archive_bytes_max is \(archiveBytesMax), but needs at least 1 MiB.")
        }
        if dimensionsMax < 2 {
            problems.append(
                "fusion.dimensions_max is \(dimensionsMax), but directions need at least 2 dimensions."
            )
        }
        if !(componentsPerWindow > 0 && componentsPerWindow <= 0.5) {
            problems.append(
                "fusion.components_per_window is \(componentsPerWindow), but must be above 0 and at most 0.5."
            )
        }
        if componentsMax < 2 {
            problems.append("fusion.components_max is \(componentsMax), but must be at least 2.")
        }
        if !(ridge > 0) {
            problems.append("fusion.ridge is \(ridge), but must be positive.")
        }
        if !(0...64).contains(framesKept) {
            problems.append("fusion.frames_kept is \(framesKept), but must be from 0 to 64.")
        }
        if rollingAnchorHalfLife <= .zero {
            problems.append(
                "fusion.rolling_anchor_half_life is \(rollingAnchorHalfLife), but must be positive."
            )
        }
        if !(permutationLevel > 0 && permutationLevel < 1) {
            problems.append(
                "fusion.permutation_level is \(permutationLevel), but must be between 0 and 1.")
        }
        if !(separationMin >= 0.5 && separationMin < 1) {
            problems.append(
                "fusion.separation_min is \(separationMin), but must be from 0.5 to below 1.")
        }
        if heldMax < 1 {
            problems.append("fusion.held_max is \(heldMax), but must be at least 1.")
        }
        if heldTotalMax < heldMax {
            problems.append(
                "fusion.held_total_max is \(heldTotalMax), but cannot be less than fusion.held_max, which is \(heldMax)."
            )
        }
        return problems
    }
}
