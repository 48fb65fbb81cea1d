package import Fusion
import Signals

/// Looks at a plant's assets one after the other, and then at all of them together.
///
/// In: each asset's windows. Out: what was measured, and findings, worst first. Of an asset that has been
/// looked at only the senses' tracks stay, some hundred bytes a window. Nothing here has a clock, a file
/// or a network; the same windows and settings give the same findings, in whatever order assets come.
package struct PlantDiagnosis: Sendable {
    package let settings: DiagnosisSettings
    private let fusion: FusionSettings
    private let assetCount: Int
    package private(set) var assets: [AssetDiagnosis] = []
    package private(set) var wiring: WiringCheck?
    package private(set) var findings: [Finding] = []
    private var tracks: [(asset: AssetName, tracks: [SenseTrack])] = []
    private var values: [StreamValues] = []

    /// - Parameters:
    ///   - settings: how far to look.
    ///   - fusion: how spaces are fitted.
    ///   - assets: how many will come; they share the level of the tests.
    package init(
        settings: DiagnosisSettings, fusion: FusionSettings = FusionSettings(), assets: Int
    ) {
        self.settings = settings
        self.fusion = fusion
        assetCount = assets
    }

    /// Looks at one asset.
    ///
    /// - Parameters:
    ///   - windows: all there is of it.
    ///   - model: of its unified space; `nil`: one is fitted.
    package mutating func add(_ windows: AssetWindows, model: FusionModel? = nil) {
        let own = SenseTrack.all(of: windows, settings: settings)
        let diagnosis = AssetDiagnosis(
            windows, tracks: own, settings: settings, fusion: fusion, model: model,
            assets: assetCount)
        assets.append(diagnosis)
        tracks.append((windows.asset, diagnosis.offsets.bringingInStep(own)))
        values += StreamValues.all(of: windows, settings: settings)
    }

    /// After the last asset: holds them against each other, and sorts what was found.
    package mutating func finish() {
        assets.sort { $0.asset < $1.asset }
        tracks.sort { $0.asset < $1.asset }
        values.sort { ($0.asset, $0.stream) < ($1.asset, $1.stream) }
        var random = SeededGenerator(seed: settings.seed)
        let check = WiringCheck(tracks, values: values, settings: settings, using: &random)
        wiring = check
        tracks = []
        values = []
        let astray = Set(check.misplaced.map { "\($0.asset)/\($0.stream)" })
        let mixed = Set(check.misplaced.map(\.asset.text))
        findings =
            (check.findings
            + assets.flatMap { asset in
                asset.findings(hop: settings.hop).filter { finding in
                    // A stream that is not the asset's own has neither lag nor pairing with it, and the
                    // others' pairing was held against it too.
                    finding.kind == .pairing && mixed.contains(finding.asset)
                        ? false
                        : !astray.contains("\(finding.asset)/\(finding.stream ?? "")")
                            || finding.kind == .drift
                }
            }).sorted(by: Finding.isWorse)
    }
}
