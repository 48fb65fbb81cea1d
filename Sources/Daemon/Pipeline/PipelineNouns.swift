package import Detection
package import Fusion
package import Intake
package import Signals
package import Store
package import Windowing

/// What the pipeline's rooms are set to.
package struct PipelineSettings: Sendable {
    package var intake = IntakeSettings()
    package var windowing = WindowingSettings()
    package var fusion = FusionSettings()
    package var detection = DetectionSettings()
    package var alarms = AlarmSettings()

    package init() {}
}

/// When an asset's warm-up is over.
package enum WarmUpRule: Sendable {
    /// After so many windows with data.
    case windows(Int)
    /// With the last of these windows; no others are learnt from, and no refit follows.
    case labelled(starts: Set<EventTime>, last: EventTime)
}

/// Please fit a model from this asset's archive. Nothing is added to the archive until it is done.
package struct FitRequest: Hashable, Sendable {
    package let asset: AssetName
    package let number: Int
}

package struct FitResult: Sendable {
    package let asset: AssetName
    package let number: Int
    /// `nil` when the archive gave no model: nothing ever moved.
    package let service: AssetDetector.Service?
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

/// What the pipeline decides; someone else acts on it.
package enum Outcome: Sendable {
    case verdict(Verdict, Alarm.Change?)
    /// Keep this encoded window summary under its number.
    case archive(AssetName, ordinal: Int64, [UInt8])
    /// Let go of the archive's windows outside these blocks.
    case thinArchive(AssetName, keeping: ArchiveRemoval.Blocks)
    case clearArchive(AssetName)
    case fit(FitRequest)
    /// A model went into service, with the verdict that follows as its first.
    case adopted(AssetName, AssetDetector.Service)
}

/// Turns an archive into a model and its calibration. Slow; runs beside the flow.
package enum Fitter {
    package static func fit(
        _ request: FitRequest, archive: [[UInt8]], settings: PipelineSettings
    ) throws -> FitResult {
        let windows = try archive.map { try WindowSummary(encoded: $0) }
            .sorted { $0.start < $1.start }
        guard let model = LinearFit.fit(windows, settings: settings.fusion) else {
            return FitResult(asset: request.asset, number: request.number, service: nil)
        }
        let calibration = Calibration(
            model: model, windows: windows,
            anchorWeight: RollingAnchor.weight(
                hop: settings.windowing.effectiveHop,
                halfLife: settings.fusion.rollingAnchorHalfLife),
            vanishing: settings.detection.vanishingAnchor)
        return FitResult(
            asset: request.asset, number: request.number,
            service: AssetDetector.Service(
                model: model, modelID: Fingerprint.hex(of: model.encoded),
                calibration: calibration))
    }
}
