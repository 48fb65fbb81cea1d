package import Detection
package import Fusion
import Learning
import Signals
import Windowing

/// Turns an archive into a model and its calibration. Slow; runs beside the flow.
package enum Fitter {
    /// - Parameters:
    ///   - request: which asset, and what for.
    ///   - archive: its encoded windows.
    ///   - settings: of all rooms.
    ///   - network: the trained model that `request.network` names.
    ///   - current: the service that `request.toBeat` names.
    ///   - pace: called between steps; it may rest.
    /// - Returns: the service, or what kept a proposed model from becoming one.
    /// - Throws: when a window cannot be read.
    package static func fit(
        _ request: FitRequest, archive: [[UInt8]], settings: PipelineSettings,
        network: NetworkModel? = nil, current: AssetDetector.Service? = nil,
        pace: @Sendable () -> Void = {}
    ) throws -> FitResult {
        let windows = try archive.map { try WindowSummary(encoded: $0) }
            .sorted { $0.start < $1.start }
        var result = FitResult(asset: request.asset, number: request.number, service: nil)
        let fitted = LinearFit.fit(
            windows, settings: settings.fusion, without: network?.removal)
        guard let linear = fitted else {
            if request.isProposed { result.trial = .unsuitable("its archive gives no model") }
            return result
        }
        pace()
        var model = linear
        if request.isProposed, request.network != nil, network == nil {
            result.trial = .unsuitable("it is not in the store any more")
            return result
        }
        if let network {
            do throws(NetworkFit.Unsuitable) {
                model = try NetworkFit.fit(
                    windows, linear: linear, network: network,
                    translations: request.templates.mapValues(LogTerms.translation),
                    settings: settings.fusion)
            } catch {
                result.trial = .unsuitable(error.description)
                // Proposed: nothing changes. Adopted before: the asset must have some model.
                if request.isProposed { return result }
            }
        }
        pace()
        let service = try service(model, network: network, windows: windows, settings: settings)
        pace()
        if request.toBeat != nil, current == nil {
            result.trial = .unsuitable("the model in service, which it has to beat, is not stored")
            return result
        }
        guard let current else {
            return FitResult(
                asset: request.asset, number: request.number, service: service,
                trial: result.trial)
        }
        let trial = AdoptionTrial(
            candidate: service, current: current, windows: windows,
            detection: settings.detection, pace: pace)
        guard let trial else {
            result.trial = .unsuitable("its archive holds too few windows for a trial")
            return result
        }
        return FitResult(
            asset: request.asset, number: request.number, service: trial.isPassed ? service : nil,
            trial: trial.isPassed ? .passed(trial) : .failed(trial))
    }

    private static func service(
        _ model: FusionModel, network: NetworkModel?, windows: [WindowSummary],
        settings: PipelineSettings
    ) throws -> AssetDetector.Service {
        let calibration = Calibration(
            model: model, windows: windows,
            anchorWeight: RollingAnchor.weight(
                hop: settings.windowing.effectiveHop,
                halfLife: settings.fusion.rollingAnchorHalfLife),
            vanishing: settings.detection.vanishingAnchor)
        // With the calibration: the same model, calibrated anew, is another service.
        var identity = Fingerprint()
        let stored = (model: model.encoded, calibration: calibration.encoded)
        identity.add(stored.model)
        identity.add(stored.calibration)
        // As a restart would read it: arrays that have grown keep room for as much again, and a
        // thousand assets keep theirs for months.
        return AssetDetector.Service(
            model: try FusionModel(encoded: stored.model) { _ in network },
            modelID: identity.hex, calibration: try Calibration(encoded: stored.calibration))
    }
}
