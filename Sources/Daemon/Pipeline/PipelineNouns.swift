package import Detection
package import Diagnosis
package import Fusion
package import Intake
package import Learning
package import Recall
package import Signals
package import Store
package import Windowing

/// What the pipeline's rooms are set to.
package struct PipelineSettings: Sendable {
    package var intake = IntakeSettings()
    package var windowing = WindowingSettings()
    package var activity = ActivitySettings()
    package var assets: [AssetName: AssetOverride] = [:]
    package var health = HealthSettings()
    package var fusion = FusionSettings()
    package var detection = DetectionSettings()
    package var alarms = AlarmSettings()
    /// Every window comes out as it closes, beside its verdict: for training and evaluation.
    package var tapsWindows = false
    /// Where each window lay in the unified space comes out before its verdict: to be searched.
    package var remembersWindows = false
    /// What a diagnosis keeps of each window comes out before its verdict.
    package var sketchesWindows = false

    package init() {}
}

extension PipelineSettings {
    /// Follows whether `asset` works, from `state` on.
    func monitor(
        of asset: AssetName, state: ActivityMonitor.State = .init()
    ) -> ActivityMonitor {
        ActivityMonitor(
            settings: (assets[asset] ?? AssetOverride()).applied(to: activity), state: state
        ) { LogPhrase.terms(of: $0, masking: intake.logs.mask) }
    }
}

/// When an asset's warm-up is over.
package enum WarmUpRule: Sendable {
    /// After so many windows with data.
    case windows(Int)
    /// With the last of these windows; no others are learnt from, and no refit follows.
    case labelled(starts: Set<EventTime>, last: EventTime)
}

/// Please fit a model from this asset's archive. Nothing is taken from the archive until it is done.
package struct FitRequest: Hashable, Sendable {
    package let asset: AssetName
    package let number: Int
    /// The trained model whose networks make the common parts; `nil` for the linear alignment.
    package let network: String?
    /// Someone proposed `network`: without it nothing is to change.
    package let isProposed: Bool
    /// The model in service that this one has to beat; `nil`: no trial.
    package let toBeat: String?
    /// The asset has no model yet.
    package let isFirst: Bool
    /// The archive's windows below this number are read; those above came after the request.
    package let archiveEnd: Int64
    /// Texts of the asset's log templates, for a trained model.
    package var templates: [StreamName: [String]] = [:]

    package init(
        asset: AssetName, number: Int, network: String? = nil, isProposed: Bool = false,
        toBeat: String? = nil, isFirst: Bool = false, archiveEnd: Int64 = .max
    ) {
        self.asset = asset
        self.number = number
        self.network = network
        self.isProposed = isProposed
        self.toBeat = toBeat
        self.isFirst = isFirst
        self.archiveEnd = archiveEnd
    }
}

package struct FitResult: Sendable {
    package let asset: AssetName
    package let number: Int
    /// `nil` when the archive gave no model: nothing ever moved.
    package let service: AssetDetector.Service?
    /// What became of a trained model that was proposed.
    package var trial: Trial?

    package enum Trial: Sendable {
        /// It did better than the model in service, by this table.
        case passed(AdoptionTrial)
        case failed(AdoptionTrial)
        /// It cannot serve this asset.
        case unsuitable(String)
    }
}

/// Samples of one stream that were read and yet reached no window, by reason.
package struct StreamLoss: Equatable, Sendable {
    package let asset: AssetName
    package let stream: StreamName
    /// Every window they belong to had closed.
    package let late: Int
    /// Too far ahead of the asset's other streams.
    package let future: Int
    /// Beyond `windowing.frames_max`.
    package let overflow: Int

    package var total: Int { late + future + overflow }
}

/// A judged window as the watch takes it.
package struct SketchedWindow: Sendable {
    package var sketch: WindowSketch
    /// Of the asset's windows.
    package var number: Int64
    /// Of the asset among all, in order of their first message.
    package var place: Int64
    /// Hash of the model in service, and the last window that it was fitted on.
    package var model: String
    package var fittedTo: EventTime
}

/// What the pipeline decides; someone else acts on it.
package enum Outcome: Sendable {
    case verdict(Verdict, Alarm.Change?)
    /// A step of an alarm's life; with the verdict it came of, `nil` when an operator made it. It
    /// comes before its verdict.
    case alarm(AssetName, AlarmStep, Verdict?)
    /// An operator named a stretch of the asset's time, or took the name back.
    case label(AssetName, OperatorCommand, isRemoved: Bool)
    /// A data-health alarm of a stream was raised or cleared.
    case health(AssetName, HealthChange)
    /// Keep this encoded window summary under its number.
    case archive(AssetName, ordinal: Int64, [UInt8])
    /// Let go of the archive's windows outside these blocks.
    case thinArchive(AssetName, keeping: ArchiveRemoval.Blocks)
    case clearArchive(AssetName)
    /// A window closed; only with `tapsWindows`.
    case window(AssetName, WindowHeader, WindowSummary)
    /// Where a window lay; only with `remembersWindows`, and before its alarm and its verdict.
    case remember(AssetName, space: String, RememberedWindow)
    /// A proposed model was tried.
    case tried(AssetName, network: String, FitResult.Trial)
    /// A proposed model judges beside the one in service.
    case shadowed(AssetName, AssetDetector.Service)
    case fit(FitRequest)
    /// Stamps of a stream are moved from now on.
    case corrected(AssetName, StampShift)
    /// What a diagnosis keeps of the asset's window of this number; only with `sketchesWindows`.
    case sketched(AssetName, SketchedWindow)
    /// A model went into service, with the verdict that follows as its first.
    case adopted(AssetName, AssetDetector.Service)
}
