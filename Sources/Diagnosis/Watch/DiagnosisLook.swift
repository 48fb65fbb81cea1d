package import Fusion
package import Signals

/// What one look at one asset found, and of what it could have told.
package struct DiagnosisLook: Equatable, Sendable, Codable {
    package let asset: String
    /// End of the newest window that it saw, in milliseconds since 1970.
    package let atMs: Int64
    /// Only these were looked for.
    package let kinds: [Finding.Kind]
    /// Worst first.
    package let findings: [Finding]
    /// Streams about which a kind could be told, as `kind/stream`: without a finding there, there is none.
    package let told: [String]
    /// Seconds by which streams with a lag were behind in what the model was fitted on, where that can be
    /// told: what a model has learnt it calls in step.
    package var learnt: [String: Double] = [:]

    package init(
        asset: AssetName, at time: EventTime, kinds: [Finding.Kind], findings: [Finding],
        told: [String]
    ) {
        self.asset = asset.text
        atMs = time.milliseconds
        self.kinds = kinds
        self.findings = findings
        self.told = told
    }

    /// Measures the lags that it found in what the asset has learnt from.
    package mutating func note(learntFrom windows: AssetWindows, _ settings: DiagnosisSettings) {
        let tracks = SenseTrack.all(of: windows, settings: settings)
        let past = AssetDiagnosis(windows.asset, tracks: tracks, settings: settings)
        for finding in findings where finding.kind == .lag {
            guard let stream = finding.stream,
                let offset = past.offsets.offsets.first(where: { $0.stream.text == stream })
            else { continue }
            learnt[stream] = offset.hops * settings.hop.seconds
        }
    }

    static func key(_ kind: Finding.Kind, _ stream: String) -> String {
        "\(kind.rawValue)/\(stream)"
    }
}

extension DiagnosisLook {
    /// Looks at one asset alone: lag and pairing in its newest windows, and drift in its archive.
    ///
    /// - Parameters:
    ///   - asset: whose windows they are.
    ///   - ring: the newest ones.
    ///   - settings: how far to look.
    ///   - archive: calm windows of its whole past, in order of time; `nil`: nothing is said of drift.
    ///   - fusion: how a space is fitted.
    /// - Returns: the look and the senses' offsets; `nil` while there are too few windows.
    package static func look(
        at asset: AssetName, _ ring: SketchRing, settings: DiagnosisSettings,
        archive: [WindowSummary]? = nil, fusion: FusionSettings = FusionSettings()
    ) -> (look: DiagnosisLook, offsets: SenseOffsets)? {
        let tracks = ring.tracked(asset, settings: settings).tracks
        guard tracks.count >= 2, let newest = tracks.compactMap(\.slots.last).max() else {
            return nil
        }
        let drifts =
            archive.map {
                AssetDiagnosis.drifts(
                    in: $0, fusion: fusion, settings: settings, drawsMax: driftDrawsMax)
            } ?? []
        let diagnosis = AssetDiagnosis(asset, tracks: tracks, settings: settings, drifts: drifts)
        var told = diagnosis.offsets.offsets.map { key(.lag, $0.stream.text) }
        told += diagnosis.pairings.map { key(.pairing, $0.stream.text) }
        told += drifts.map { key(.drift, $0.stream.text) }
        let look = DiagnosisLook(
            asset: asset, at: settings.start(newest + 1),
            kinds: [.lag, .pairing] + (archive == nil ? [] : [.drift]),
            findings: diagnosis.findings(hop: settings.hop).sorted(by: Finding.isWorse),
            told: told)
        return (look, diagnosis.offsets)
    }

    /// As many for each asset of a large plant as a diagnosis by hand takes for a few: two looks in a row
    /// make up for the coarser level.
    private static let driftDrawsMax = 2000

    /// Looks at all assets together: streams on the wrong asset, and copies.
    ///
    /// - Parameters:
    ///   - plant: the assets' newest windows.
    ///   - offsets: of their senses, as the looks at each had them.
    ///   - settings: how far to look.
    ///   - pace: called between streams; it may rest.
    /// - Returns: a look at each asset that has two senses to tell by, in order of name. What concerns two
    ///   assets alike is in both.
    package static func look(
        at plant: [(asset: AssetName, ring: SketchRing)], offsets: [AssetName: SenseOffsets],
        settings: DiagnosisSettings, pace: () -> Void = {}
    ) -> [DiagnosisLook] {
        let sorted = plant.sorted { $0.asset < $1.asset }
        // Tracks are many times the size of what they are made of, so a large plant goes by in parts, each
        // with the neighbours that it is held against.
        let starts = Array(stride(from: 0, to: max(1, sorted.count - reach), by: 2 * reach))
        var settings = settings
        settings.level /= Double(starts.count)
        return starts.flatMap { start in
            let end = start == starts.last ? sorted.count : start + 2 * reach
            let around = sorted[max(0, start - reach)..<min(sorted.count, end + reach)]
            let own = Set(sorted[start..<end].map(\.asset))
            return look(
                at: around.map { $0.ring.tracked($0.asset, settings: settings) },
                offsets: offsets, settings: settings, pace: pace
            ).filter { own.contains(AssetName($0.asset)) }
        }
    }

    private static func look(
        at assets: [TrackedAsset], offsets: [AssetName: SenseOffsets],
        settings: DiagnosisSettings, pace: () -> Void
    ) -> [DiagnosisLook] {
        let tracked = assets.filter { $0.tracks.count >= 2 }
        guard tracked.count >= 2 else { return [] }
        var random = SeededGenerator(seed: settings.seed)
        let check = WiringCheck(
            tracked.map { asset in
                (
                    asset.asset,
                    offsets[asset.asset]?.bringingInStep(asset.tracks) ?? asset.tracks
                )
            }, values: tracked.flatMap(\.values), settings: settings, reach: reach,
            using: &random, pace: pace)
        let found = check.findings
        return tracked.map { asset in
            let own = found.compactMap { finding -> Finding? in
                if finding.asset == asset.asset.text { return finding }
                return finding.other == asset.asset.text ? finding.seenFromOther : nil
            }
            let kinds: [Finding.Kind] = [.swapped, .misplaced, .copy]
            return DiagnosisLook(
                asset: asset.asset,
                at: settings.start((asset.tracks.compactMap(\.slots.last).max() ?? 0) + 1),
                kinds: kinds, findings: own.sorted(by: Finding.isWorse),
                told: asset.tracks.flatMap { track in kinds.map { key($0, track.stream.text) } })
        }
    }

    /// Assets on either side, by name, that an asset is held against: cables are swapped among neighbours.
    package static let reach = 64
}

extension Finding {
    /// The same for the other of the two assets that it is about; `nil` where it is the fault of one.
    fileprivate var seenFromOther: Finding? {
        guard kind == .swapped, let other else { return nil }
        return Finding(
            kind: kind, severity: severity, asset: other, stream: stream, other: asset,
            headline: headline, evidence: evidence, confidence: confidence, advice: advice,
            size: size)
    }
}
