import Detection
import Diagnosis
import Foundation
import Logging
import Publishing
import Signals
import Store
import Windowing

// What the looks beside the flow found: kept, told to the broker, and acted upon where that is wanted.
extension Gateway {
    /// Takes in the looks that are done.
    ///
    /// One that changes what is known goes through the journal, like everything that comes from outside the
    /// messages: after a crash it is taken in again in its place, and tells the same.
    func diagnose(_ now: Arrival) throws {
        for look in watch.finished() {
            let asset = AssetName(look.asset)
            guard pipeline.assets.contains(asset) else { continue }
            var board = boards[asset] ?? FindingBoard()
            let before = board
            _ = board.take(look, hop: settings.windowing.effectiveHop.seconds)
            logger.debug(
                "Looked at an asset.",
                metadata: [
                    "asset": "\(asset)", "told": "\(look.told)",
                    "found": "\(look.findings.map(\.headline))",
                ])
            if board != before { try control(.looked(look)) }
            if look.kinds.contains(.lag) { try correct(asset, look) }
        }
    }

    /// A look out of the journal.
    func take(_ look: DiagnosisLook) {
        let asset = AssetName(look.asset)
        guard pipeline.assets.contains(asset) else { return }
        var board = boards[asset] ?? FindingBoard()
        let before = board.told
        let isNews = board.take(look, hop: settings.windowing.effectiveHop.seconds)
        boards[asset] = board
        boardsChanged.insert(asset)
        guard isNews else { return }
        let appeared = board.told.filter { new in
            !before.contains { $0.finding.isSame(as: new.finding) }
        }
        for entry in appeared {
            logger.warning(
                "The diagnosis found something.",
                metadata: [
                    "asset": "\(asset)", "kind": "\(entry.finding.kind.rawValue)",
                    "what": "\(entry.finding.headline)",
                ])
        }
        let gone = before.filter { old in
            !board.told.contains { $0.finding.isSame(as: old.finding) }
        }
        for entry in gone {
            logger.notice(
                "What the diagnosis had found is no longer there.",
                metadata: [
                    "asset": "\(asset)", "kind": "\(entry.finding.kind.rawValue)",
                    "what": "\(entry.finding.headline)",
                ])
        }
        tellDiagnosis(of: asset, clocks.now)
    }

    /// Moves the stamps of streams that run late, where that is wanted and not too far.
    private func correct(_ asset: AssetName, _ look: DiagnosisLook) throws {
        guard settings.diagnosis.lag == .auto, let board = boards[asset] else { return }
        let hop = settings.windowing.effectiveHop.seconds
        for finding in board.correctable {
            // Told of an earlier look: what is moved by is what this one measured.
            guard let stream = finding.stream,
                let found = look.findings.first(where: { $0.isSame(as: finding) })
            else { continue }
            let behind =
                (pipeline.shifts(of: asset).first { $0.stream.text == stream }?.seconds ?? 0)
                + found.size
            guard abs(behind) <= settings.diagnosis.lagLimit.seconds else { continue }
            // To the millisecond: stamps are no finer.
            let nanoseconds = Int64((behind * 1000).rounded()) * 1_000_000
            let learnt = look.learnt[stream].map {
                abs($0 - found.size) <= max(hop, abs(found.size) / 2)
            }
            try correct(
                asset,
                StampCorrection(
                    stream: StreamName(stream), behind: nanoseconds, relearns: learnt ?? false),
                why: "diagnosis.lag is auto: \(found.headline)")
        }
    }

    /// Nobody looks any more, so nobody would take back what is told.
    func dropFindings() {
        guard !settings.diagnosis.isEnabled else { return }
        for (asset, board) in boards.sorted(by: { $0.key < $1.key }) where !board.isEmpty {
            boards[asset] = FindingBoard()
            boardsChanged.insert(asset)
            if !board.told.isEmpty { tellDiagnosis(of: asset, clocks.now) }
        }
    }

    /// Back at `report`, what was moved without being asked is taken as it comes again.
    func dropCorrections() throws {
        guard settings.diagnosis.lag == .report || !settings.diagnosis.isEnabled else { return }
        for asset in pipeline.assets {
            for shift in pipeline.shifts(of: asset) where shift.who == AlarmStep.ourselves {
                try correct(
                    asset, StampCorrection(stream: shift.stream, behind: 0),
                    why: "diagnosis.lag is report")
            }
        }
    }

    private func correct(
        _ asset: AssetName, _ correction: StampCorrection, why: String
    ) throws {
        try control(
            .operate(
                asset,
                OperatorCommand(
                    .correct(correction), who: AlarmStep.ourselves, why: why,
                    givenMs: clocks.now.wall / 1_000_000)))
    }

    /// Stamps of a stream are moved from now on: what was kept of the asset was stamped otherwise.
    func note(_ shift: StampShift, of asset: AssetName, _ now: Arrival) {
        counters.corrections += 1
        watch.restart(asset)
        boards[asset, default: FindingBoard()].noteCorrection()
        boardsChanged.insert(asset)
        isCommitDue = true
        isStatusDue = true
        logger.notice(
            shift.behind == 0
                ? "Stamps of a stream are taken as they come again."
                : "Stamps of a stream are moved from now on.",
            metadata: [
                "asset": "\(asset)", "stream": "\(shift.stream)", "behind_s": "\(shift.seconds)",
                "who": "\(shift.who)",
            ])
        tellDiagnosis(of: asset, now)
    }

    private func tellDiagnosis(of asset: AssetName, _ now: Arrival) {
        send(
            topics.diagnosis(asset),
            DiagnosisPayload.json(
                asset: asset,
                findings: (boards[asset]?.told ?? []).map(DiagnosisPayload.Finding.init),
                corrections: pipeline.shifts(of: asset).map {
                    .init(
                        stream: $0.stream.text, seconds: $0.seconds, who: $0.who,
                        sinceMs: $0.sinceMs)
                }, settings: settingsHash),
            qos: .atLeastOnce, retain: true, asset: asset, now)
    }

    /// For status, counters and metrics.
    func diagnosisReport() -> StatusReport.Diagnosis {
        let figures = watch.figures
        return StatusReport.Diagnosis(
            looks: figures.looks, looksSkipped: figures.skipped, looksWaiting: watch.waiting,
            assetSeconds: figures.assetSeconds, plantSeconds: figures.plantSeconds,
            bytes: watch.byteCount,
            findings: boards.sorted { $0.key < $1.key }.flatMap { asset, board in
                board.told.map {
                    .init(
                        asset: asset.text, kind: $0.finding.kind.rawValue,
                        severity: $0.finding.severity.name, headline: $0.finding.headline,
                        confidence: $0.finding.confidence, sinceMs: $0.sinceMs)
                }
            },
            corrections: pipeline.corrections.map {
                .init(asset: $0.asset, stream: $0.stream, seconds: $0.seconds)
            })
    }

    /// Boards that changed since the last commit, as states beside those of the pipeline.
    func boardStates() throws -> [AssetState] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try boardsChanged.subtracting(forgotten).sorted().compactMap { asset in
            try boards[asset].map {
                AssetState(
                    asset: asset, kind: Recovery.boardKind, blob: [UInt8](try encoder.encode($0)))
            }
        }
    }
}

extension StatusReport.Diagnosis {
    /// How many findings stand of each kind, kinds without one too.
    var byKind: [(String, Int)] {
        // What one sense alone shows is for a report, and no finding of a look.
        Diagnosis.Finding.Kind.allCases.filter { $0 != .blind }.map { kind in
            (kind.rawValue, findings.count { $0.kind == kind.rawValue })
        }
    }
}

extension Recovery {
    static let boardKind = "diagnosis"

    /// One that another version wrote is left out: what it held is found again.
    static func boards(in states: [AssetState]) -> [AssetName: FindingBoard] {
        var boards: [AssetName: FindingBoard] = [:]
        for state in states where state.kind == boardKind {
            boards[state.asset] = try? JSONDecoder().decode(
                FindingBoard.self, from: Data(state.blob))
        }
        return boards
    }
}

extension DiagnosisPayload.Finding {
    init(_ entry: FindingBoard.Entry) {
        let finding = entry.finding
        self.init(
            kind: finding.kind.rawValue, severity: finding.severity.name, stream: finding.stream,
            other: finding.other, headline: finding.headline, evidence: finding.evidence,
            confidence: finding.confidence, advice: finding.advice, sinceMs: entry.sinceMs)
    }
}

extension StampCorrection {
    /// In words: "corrected by 1.8 s".
    var words: String {
        let seconds = (Double(behind) / 1e7).rounded() / 100
        return "took stamps of \(stream) \(abs(seconds)) s \(behind > 0 ? "earlier" : "later")"
    }
}
