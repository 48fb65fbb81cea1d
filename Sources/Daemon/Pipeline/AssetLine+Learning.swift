import Detection
import Fusion
import Signals
import Store
import Windowing

// What a line learns from its windows, and the models it asks for.
extension AssetLine {
    mutating func warmUp(with window: ClosedWindow) -> [Outcome] {
        let summary = window.summary
        var outcomes: [Outcome] = []
        let isComplete: Bool
        switch rule {
        case .windows:
            if summary.isSpeaking, !isKeptFromLearning(window.header) {
                outcomes += archive(summary, max: window.archiveMax)
            }
            isComplete = progress.offered >= progress.fitAt
        case .labelled(let starts, let last):
            if starts.contains(summary.start), summary.isSpeaking {
                outcomes += archive(summary, max: window.archiveMax)
            }
            isComplete = summary.start >= last && progress.fitNumber == 0
        }
        guard isComplete, progress.pending == nil else { return outcomes }
        return outcomes + askForFit(switchAt: progress.windows)
    }

    mutating func askForFit(switchAt: Int64, proposal: Proposal? = nil) -> [Outcome] {
        progress.fitNumber += 1
        let pending = PendingFit(
            number: progress.fitNumber, switchAt: switchAt, archiveEnd: progress.offered,
            proposal: proposal)
        progress.pending = pending
        return [.fit(request(for: pending))]
    }

    /// The same after a restart as when it was first asked.
    func request(for pending: PendingFit) -> FitRequest {
        FitRequest(
            asset: asset, number: pending.number,
            network: pending.proposal.map(\.trained) ?? progress.network,
            isProposed: pending.proposal != nil,
            toBeat: pending.proposal?.isForced == false ? detector.service?.modelID : nil,
            isFirst: detector.service == nil, archiveEnd: pending.archiveEnd)
    }

    /// A forced one does not wait for a shadow: it ends it.
    mutating func considerProposal() -> [Outcome] {
        guard let proposal = progress.proposal, progress.pending == nil,
            shadow == nil || proposal.isForced, detector.service != nil
        else { return [] }
        progress.proposal = nil
        return askForFit(
            switchAt: progress.windows + Int64(settings.fusion.refitLagWindows),
            proposal: proposal)
    }

    private func isKeptFromLearning(_ window: WindowHeader) -> Bool {
        detector.isKeptFromLearning(from: window.start, to: window.end)
    }

    /// Whole stretches of alarm are left out, whatever operators made of the alarm, and so is what they
    /// named a fault or planned work, or took out of service; never single windows by their own
    /// score: that would ratchet the threshold down.
    mutating func learn(_ lesson: Lesson, verdict: Verdict) -> [Outcome] {
        guard !detector.isKeptFromLearning(from: verdict.start, to: verdict.end) else {
            doubtful = []
            return []
        }
        switch verdict.alarm {
        case .raised, .clearing:
            doubtful = []
            return []
        case .pending:
            doubtful.append(lesson)
            return []
        case .normal:
            guard verdict.quality != .bad else { return [] }
        }
        var outcomes: [Outcome] = []
        for lesson in doubtful + [lesson] {
            if let anchor = lesson.anchor { detector.learn(anchor) }
            progress.calm += 1
            // While a refit runs the archive stays as it is. A proposal, which may come to nothing,
            // leaves no trace in it: its fit reads no further than when it was asked for.
            if progress.pending == nil || progress.pending?.proposal != nil {
                outcomes += archive(lesson.summary, max: lesson.archiveMax)
            }
        }
        doubtful = []
        guard progress.pending == nil, shadow == nil, isRefitDue else { return outcomes }
        progress.refits += 1
        return outcomes
            + askForFit(switchAt: progress.windows + Int64(settings.fusion.refitLagWindows))
    }

    private var isRefitDue: Bool {
        guard case .windows = rule, progress.refits < settings.fusion.refitAfter.count else {
            return false
        }
        let turn = progress.place / Self.refitsPerLag * Int64(settings.fusion.refitLagWindows)
        return Double(progress.calm - turn) * settings.windowing.effectiveHop.seconds
            >= settings.fusion.refitAfter[progress.refits].seconds
    }

    /// The asset's share of `fusion.archive_bytes_max` in windows like this one; never less than the
    /// warm-up needs, nor more than `fusion.archive_windows_max`. A labelled warm-up has no bound.
    func archiveMax(of summary: WindowSummary, assets: Int) -> Int64 {
        guard case .windows = rule else { return .max }
        let share = settings.fusion.archiveBytesMax / max(1, assets) / max(1, summary.byteCount)
        let least =
            settings.fusion.warmupWindows + Int(progress.place / Self.firstFitsPerWindow) + 1
        return Int64(max(least, min(settings.fusion.archiveWindowsMax, share)))
    }

    /// Keeps the archive within its bound over any length of time: when it is full, every second
    /// block of windows goes, and from then on only every second one is offered a place. Blocks, so
    /// that what stays still shows how windows follow each other. Nothing goes while a fit reads it.
    mutating func archive(_ summary: WindowSummary, max: Int64) -> [Outcome] {
        defer { progress.offered += 1 }
        var outcomes: [Outcome] = []
        if progress.pending == nil, progress.offered / progress.stride >= max {
            while progress.offered / progress.stride >= max { progress.stride *= 2 }
            outcomes.append(.thinArchive(asset, keeping: archiveBlocks))
        }
        guard archiveBlocks.contain(progress.offered) else { return outcomes }
        return outcomes + [.archive(asset, ordinal: progress.offered, summary.encoded)]
    }

    /// Windows that stay or go together: all roles of a fit are among them.
    static let archiveBlock: Int64 = 20

    private var archiveBlocks: ArchiveRemoval.Blocks {
        ArchiveRemoval.Blocks(length: Self.archiveBlock, every: progress.stride)
    }
}
