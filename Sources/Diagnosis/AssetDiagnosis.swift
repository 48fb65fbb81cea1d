import Fusion
import Learning
import LinearAlgebra
package import Signals

/// What can be said of one asset alone.
package struct AssetDiagnosis: Sendable {
    package struct Drift: Equatable, Sendable {
        package let stream: StreamName
        package let test: DriftTest
    }

    package let asset: AssetName
    package let windows: Int
    package let from: EventTime?
    package let to: EventTime?
    /// Senses that say enough to be looked at.
    package let senses: [StreamName]
    /// Of every pair of senses.
    package let lags: [LagEstimate]
    package let offsets: SenseOffsets
    package let pairings: [PairingAudit]
    package let factors: FactorReadings
    package let geometry: [SpaceGeometry]
    package let drifts: [Drift]

    /// Windows that the geometry looks at, at most: its cost grows with their square.
    private static let geometryMax = 500
    /// Windows that a learned measure is fitted on, at most.
    private static let lessonMax = 1024

    /// - Parameters:
    ///   - windows: the asset's.
    ///   - tracks: its senses, as they are stamped.
    ///   - settings: how far to look.
    ///   - fusion: how a space is fitted where no model is given.
    ///   - model: of the unified space; `nil`: one is fitted on the first half of the windows.
    ///   - assets: diagnosed together; they share the level.
    init(
        _ windows: AssetWindows, tracks: [SenseTrack], settings: DiagnosisSettings,
        fusion: FusionSettings, model: FusionModel? = nil, assets: Int
    ) {
        var random = SeededGenerator(seed: settings.seed)
        let recent = Array(windows.windows.suffix(settings.windowsMax))
        asset = windows.asset
        self.windows = recent.count
        from = recent.first?.start
        to = recent.last?.end
        senses = tracks.map(\.stream)
        lags = Self.lags(tracks, settings, using: &random)
        offsets = SenseOffsets(lags)
        let inStep = offsets.bringingInStep(tracks)
        pairings = inStep.compactMap { PairingAudit($0, others: inStep, settings: settings) }

        let half = recent.count / 2
        let first = Array(recent.prefix(half))
        let second = Array(recent.dropFirst(half))
        let space = model ?? LinearFit.fit(first, settings: fusion)
        factors = FactorReadings(windows, tracks: inStep, model: space, settings: settings)
        guard let space else {
            geometry = []
            drifts = []
            return
        }
        // What the space was not fitted on, and as far apart in both halves.
        let heldBack = Self.windows(first, areHeldBack: true).map { space.embed($0) }
        let later = Self.windows(second, areHeldBack: true).map { space.embed($0) }
        // The blocks between those: what a learned measure is fitted on.
        let between =
            settings.learnsMetrics
            ? Self.windows(second, areHeldBack: false).map { space.embed($0) } : []
        let aligned = senses.filter { space.encoders[$0]?.isAligned == true }
        let level = settings.level / Double(max(1, assets * aligned.count))
        drifts = Self.drifts(
            of: aligned, heldBack, later, level: level, draws: Int(2 / level), using: &random)
        var geometry: [SpaceGeometry] = []
        for (k, a) in aligned.enumerated() {
            for b in aligned.dropFirst(k + 1) {
                func withBoth(_ windows: [EmbeddedWindow], max: Int) -> [EmbeddedWindow] {
                    windows.filter {
                        $0.senses[a]?.common != nil && $0.senses[b]?.common != nil
                    }.suffix(max)
                }
                let both = withBoth(later, max: Self.geometryMax)
                guard both.count >= 20 else { continue }
                let lesson = withBoth(between, max: Self.lessonMax)
                geometry.append(
                    SpaceGeometry(
                        from: a, Self.common(both, a), to: b, Self.common(both, b),
                        lesson: lesson.isEmpty
                            ? nil : (Self.common(lesson, a), Self.common(lesson, b), settings.seed),
                        using: &random))
            }
        }
        self.geometry = geometry
    }

    /// Only what tracks can tell: lags and pairings.
    init(
        _ asset: AssetName, tracks: [SenseTrack], settings: DiagnosisSettings, drifts: [Drift] = []
    ) {
        var random = SeededGenerator(seed: settings.seed)
        self.asset = asset
        windows = tracks.map(\.slots.count).max() ?? 0
        from = tracks.compactMap(\.slots.first).min().map(settings.start)
        to = tracks.compactMap(\.slots.last).max().map { settings.start($0 + 1) }
        senses = tracks.map(\.stream)
        lags = Self.lags(tracks, settings, using: &random)
        offsets = SenseOffsets(lags)
        let inStep = offsets.bringingInStep(tracks)
        pairings = inStep.compactMap { PairingAudit($0, others: inStep, settings: settings) }
        factors = .none
        geometry = []
        self.drifts = drifts
    }

    private static func lags(
        _ tracks: [SenseTrack], _ settings: DiagnosisSettings,
        using random: inout SeededGenerator
    ) -> [LagEstimate] {
        var lags: [LagEstimate] = []
        for (k, x) in tracks.enumerated() {
            for y in tracks.dropFirst(k + 1) {
                lags.append(LagEstimate(x, y, settings: settings, using: &random))
            }
        }
        return lags
    }

    /// Whether the first half of an asset's windows and the second lie apart, sense by sense.
    ///
    /// - Parameters:
    ///   - windows: in order of time; a space is fitted on the first half.
    ///   - fusion: how.
    ///   - settings: the level of a false report of any of the senses.
    ///   - drawsMax: per sense; a p-value is no smaller than one in so many.
    /// - Returns: what was measured of each aligned sense; nothing with too few windows.
    static func drifts(
        in windows: [WindowSummary], fusion: FusionSettings, settings: DiagnosisSettings,
        drawsMax: Int
    ) -> [Drift] {
        let half = windows.count / 2
        let first = Array(windows.prefix(half))
        guard half >= settings.windowsMin, let space = LinearFit.fit(first, settings: fusion)
        else { return [] }
        var random = SeededGenerator(seed: settings.seed)
        let aligned = space.alignedStreams
        let level = max(settings.level / Double(max(1, aligned.count)), 2 / Double(drawsMax))
        return drifts(
            of: aligned, Self.windows(first, areHeldBack: true).map { space.embed($0) },
            Self.windows(Array(windows.dropFirst(half)), areHeldBack: true).map { space.embed($0) },
            level: level, draws: min(drawsMax, Int(2 / level)), using: &random)
    }

    private static func drifts(
        of senses: [StreamName], _ before: [EmbeddedWindow], _ later: [EmbeddedWindow],
        level: Double, draws: Int, using random: inout SeededGenerator
    ) -> [Drift] {
        senses.compactMap { sense in
            DriftTest(
                reference: common(before, sense), now: common(later, sense), blockLength: 10,
                draws: draws, level: level, using: &random
            ).map { Drift(stream: sense, test: $0) }
        }
    }

    /// The places of a sense in the unified space, `n × d`.
    private static func common(_ windows: [EmbeddedWindow], _ sense: StreamName) -> Matrix {
        let rows = windows.compactMap { $0.senses[sense]?.common }
        return Matrix(
            rows: rows.count, columns: rows.first?.count ?? 0, floats: rows.flatMap { $0 })
    }

    /// Blocks of time take turns, as where a space is fitted.
    private static func windows(
        _ windows: [WindowSummary], areHeldBack: Bool
    ) -> [WindowSummary] {
        windows.enumerated().filter {
            (LinearFit.role(ofWindow: $0.offset, of: windows.count) != .fit) == areHeldBack
        }.map(\.element)
    }
}

extension SenseOffsets {
    /// The tracks with what is known of their offsets taken off, in whole hops.
    package func bringingInStep(_ tracks: [SenseTrack]) -> [SenseTrack] {
        tracks.map { track in
            guard let offset = offsets.first(where: { $0.stream == track.stream }) else {
                return track
            }
            let hops = Int(offset.hops.rounded())
            return hops == 0 ? track : track.delayed(by: -hops)
        }
    }
}
