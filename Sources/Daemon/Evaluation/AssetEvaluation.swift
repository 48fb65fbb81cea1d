import Detection
import Fusion
import Signals

/// One model on one asset: fitted, then asked about every later window.
struct AssetEvaluation {
    let asset: AssetName
    let model: FusionModel
    let detection: DetectionFigures
    let space: SpaceFigures
    let states: StateFigures
    /// Windows with a score that count.
    let windows: Int

    /// Why a model cannot serve an asset.
    struct Unserved: Error {
        let reason: String
    }

    /// - Parameters:
    ///   - subject: the model.
    ///   - asset: whose windows.
    ///   - windows: of all assets.
    ///   - share: of this one.
    ///   - settings: of all rooms.
    /// - Throws: `Unserved`, or what reading the windows throws.
    init(
        _ subject: EvaluationSubject, on asset: AssetName, windows: EvaluationWindows,
        share: EvaluationWindows.Share, settings: PipelineSettings
    ) throws {
        self.asset = asset
        var settings = settings
        if case .sense = subject { settings.fusion.sensesMin = 1 }
        guard !share.fit.isEmpty else {
            throw Unserved(
                reason: windows.isLabelled
                    ? "it has no window of split train" : "it has too few windows")
        }
        let service = try Self.fit(
            subject, on: asset, windows: windows, share: share, settings: settings)
        model = service.model

        var detection = DetectionFigures()
        var judge = AssetJudge(service, of: asset, settings: settings)
        var count = 0
        var normal: [Int] = []
        var tagged: [StateFigures.Window] = []
        for index in share.judged {
            let window = subject.seeing(try windows.spool.window(index))
            let score = judge.score(window)
            guard let truth = windows.truth else {
                normal.append(index)
                if score != nil { count += 1 }
                continue
            }
            guard let label = truth.label(of: asset, from: window.start, to: window.end) else {
                continue
            }
            if label == WindowTruth.normal {
                normal.append(index)
                if let state = truth.state(of: asset, at: window.start) {
                    tagged.append(.init(window, state: state, model: model))
                }
            }
            if let score {
                count += 1
                detection.note(score, label: label)
            }
        }
        self.detection = detection
        self.windows = count
        states = StateFigures(of: tagged)
        space = SpaceFigures(
            of: try thinned(normal, to: SpaceFigures.windowsMax).map {
                service.model.embed(subject.seeing(try windows.spool.window($0)))
            })
    }

    private static func fit(
        _ subject: EvaluationSubject, on asset: AssetName, windows: EvaluationWindows,
        share: EvaluationWindows.Share, settings: PipelineSettings
    ) throws -> AssetDetector.Service {
        var request = FitRequest(
            asset: asset, number: 1, network: subject.network?.id,
            isProposed: subject.network != nil)
        request.templates = windows.templates[asset] ?? [:]
        let archive = try share.fit.map { try subject.seeing(windows.spool.window($0)) }
            .filter(\.isSpeaking).map(\.encoded)
        let result = try Fitter.fit(
            request, archive: archive, settings: settings, network: subject.network)
        if case .unsuitable(let why)? = result.trial { throw Unserved(reason: why) }
        guard let service = result.service else {
            throw Unserved(reason: "its windows gave no model: they are too few, or nothing moved")
        }
        return service
    }

    /// Senses that take no part in the space.
    var leftOut: [StreamName] {
        model.encoders.filter { !$0.value.isAligned }.keys.sorted()
    }
}
