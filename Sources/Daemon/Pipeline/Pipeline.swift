package import Detection
import Fusion
package import Intake
import LinearAlgebra
package import Signals
import Windowing

/// The whole way from a message to verdicts, as one synchronous value that `run`, `replay` and the
/// simulation all drive.
///
/// In: messages and the passing of arrival time, in one order. Out: decisions, in one order. No
/// clock, no files, no network: the same inputs give the same outcomes, so a journal of the inputs
/// is all that a crash needs.
package struct Pipeline: Sendable {
    let settings: PipelineSettings
    private let rules: @Sendable (AssetName) -> WarmUpRule?
    package internal(set) var reader: SignalReader
    var lines: [AssetLine] = []
    private(set) var indexOfAsset: [AssetName: Int] = [:]
    /// The journal's first message that waits for its stream's dimension to be settled.
    var heldFrom: UInt64?

    /// - Parameters:
    ///   - settings: of all rooms.
    ///   - rules: when an asset's warm-up is over; `nil`: after `fusion.warmup_windows`.
    package init(
        settings: PipelineSettings, rules: (@Sendable (AssetName) -> WarmUpRule?)? = nil
    ) {
        // Sums in another order are other sums: a model must not depend on the number of cores.
        limitThreads(to: 1)
        self.settings = settings
        self.rules = rules ?? { _ in nil }
        reader = SignalReader(settings: settings.intake)
    }

    package var assets: [AssetName] { indexOfAsset.keys.sorted() }

    /// Held windows are at their limit, of one asset or of all together: nothing may come in before
    /// a fit is installed.
    package var isBlocked: Bool {
        var held = 0
        // By index: a closure over the elements would copy each line, at every turn of the loop.
        for index in lines.indices {
            held += lines[index].held.count
            if lines[index].isFull || held >= settings.fusion.heldTotalMax { return true }
        }
        return false
    }

    /// Fits that were asked for and have not come, in order of asset.
    package var awaitedFits: [FitRequest] {
        lines.compactMap(\.awaitedFit).sorted { $0.asset < $1.asset }.map(naming)
    }

    /// A trained model names log templates by their text, so it is told what they are here. Only the
    /// frozen ones: the text of others may change yet.
    private func naming(_ request: FitRequest) -> FitRequest {
        var request = request
        request.templates = reader.frozenTemplates(of: request.asset)
        return request
    }

    /// Samples that reached no window, by asset and stream; streams that lost none are left out.
    package var losses: [StreamLoss] {
        lines.sorted { $0.asset < $1.asset }.flatMap { line in
            line.assembler.state.streams.sorted { $0.name < $1.name }.compactMap { stream in
                let loss = StreamLoss(
                    asset: line.asset, stream: stream.name, late: stream.late,
                    future: stream.future, overflow: stream.overflow)
                return loss.total > 0 ? loss : nil
            }
        }
    }

    /// Windows of gaps that were too many to report one by one.
    package var gapWindowsSkipped: Int {
        lines.reduce(0) { $0 + $1.assembler.state.gapWindowsSkipped }
    }

    /// - Parameters:
    ///   - message: the next one, in order of arrival.
    ///   - sequence: its number in the journal; 0 when there is none.
    ///   - meter: times the stages.
    /// - Returns: what was decided, in order.
    package mutating func take(
        _ message: Message, sequence: UInt64 = 0, meter: StageMeter? = nil
    ) -> [Outcome] {
        var clock = meter?.start()
        let reading = reader.read(message)
        clock?.lap(.intake)
        switch reading {
        case .sample(let sample):
            return take(sample, sequence, &clock)
        case .released(let samples):
            heldFrom = reader.isHolding ? heldFrom : nil
            return samples.flatMap {
                take($0, sequence, releasedAt: message.arrival.elapsed, &clock)
            }
        case .held:
            heldFrom = min(heldFrom ?? sequence, sequence)
            return []
        case .rejected:
            noteRefusal(at: message.arrival.elapsed)
            return []
        }
    }

    /// The last refusal counts towards the health of its stream, if that one is known.
    private mutating func noteRefusal(at elapsed: Int64) {
        guard let refusal = reader.lastRefusal, refusal.reason != .retained,
            let stream = refusal.stream, let index = refusal.asset.flatMap({ indexOfAsset[$0] })
        else { return }
        lines[index].isDirty = true
        lines[index].health.refuse(stream, RecentTraffic.Refusal(refusal), at: elapsed)
    }

    private mutating func take(
        _ sample: Sample, _ sequence: UInt64, releasedAt: Int64? = nil,
        _ clock: inout StageMeter.Lap?
    ) -> [Outcome] {
        let index = line(of: sample.asset)
        // The stored set, not a method: a method would be handed a copy of the whole line.
        if !lines[index].declared.contains(sample.stream) {
            lines[index].declare(
                sample.stream, kind: sample.kind,
                as: reader.streams(of: sample.asset).first { $0.name == sample.stream })
        }
        let closed = lines[index].ingest(
            sample, sequence: sequence, releasedAt: releasedAt)
        clock?.lap(.windowing)
        guard !closed.isEmpty else { return [] }
        let outcomes = settle(lines[index].take(closed, assets: lines.count), of: sample.asset)
        clock?.lap(.scoring)
        return outcomes
    }

    /// Arrival time passes. Returns what silence closed, and whether anything changed at all: only
    /// then has a restart to see the same tick again.
    package mutating func tick(_ arrival: Arrival, isDrained: Bool) -> (
        outcomes: [Outcome], hasEffect: Bool
    ) {
        var outcomes: [Outcome] = []
        var hasEffect = false
        var clock: StageMeter.Lap?
        for sample in reader.settle(at: arrival) {
            hasEffect = true
            outcomes += take(sample, heldFrom ?? 0, releasedAt: arrival.elapsed, &clock)
        }
        heldFrom = reader.isHolding ? heldFrom : nil
        for index in lines.indices {
            let closed = lines[index].assembler.tick(arrival, isDrained: isDrained)
            let health = lines[index].watchHealth(arrival, isDrained: isDrained)
            outcomes += health.outcomes
            hasEffect = hasEffect || health.hasEffect
            guard lines[index].assembler.hadTickEffect else { continue }
            hasEffect = true
            lines[index].isDirty = true
            lines[index].forgetClosed()
            outcomes += settle(
                lines[index].take(closed, assets: lines.count), of: lines[index].asset)
        }
        return (outcomes, hasEffect)
    }

    /// The connection came (back): silence starts to count anew.
    package mutating func resumed(_ arrival: Arrival) {
        for index in lines.indices {
            lines[index].assembler.resumed(arrival)
            lines[index].health.resumed(arrival)
            lines[index].isDirty = true
        }
    }

    package mutating func install(_ result: FitResult) -> [Outcome] {
        guard let index = indexOfAsset[result.asset] else { return [] }
        lines[index].isDirty = true
        return settle(lines[index].install(result), of: result.asset)
    }

    /// The end of a recording: closes every open window.
    package mutating func flush() -> [Outcome] {
        lines.indices.flatMap { index -> [Outcome] in
            lines[index].isDirty = true
            return settle(
                lines[index].take(lines[index].assembler.flush(), assets: lines.count),
                of: lines[index].asset)
        }
    }

    /// Forgets everything about an asset; its next message starts it anew. Returns what those come to
    /// that waited for a loan of it; `nil` when it is unknown.
    package mutating func forget(_ asset: AssetName) -> [Outcome]? {
        guard let index = indexOfAsset[asset] else { return nil }
        lines[index].refuseLoans()
        let outcomes = deliverLoans(of: index)
        reader.forget(asset: asset)
        lines.remove(at: index)
        indexOfAsset = Dictionary(
            uniqueKeysWithValues: lines.enumerated().map { ($1.asset, $0) })
        return outcomes
    }

    /// Starts an asset's learning anew; `nil` when it is unknown.
    package mutating func relearn(_ asset: AssetName) -> [Outcome]? {
        guard let index = indexOfAsset[asset] else { return nil }
        reader.unfreezeTemplates(asset: asset)
        lines[index].isDirty = true
        return settle(lines[index].relearn(), of: asset)
    }

    /// Does what an operator asks of one asset; `nil` when it is unknown.
    ///
    /// `sequence`: of the command in the journal.
    package mutating func operate(
        _ command: OperatorCommand, on asset: AssetName, sequence: UInt64
    ) -> Operated? {
        guard let index = indexOfAsset[asset] else { return nil }
        let operated = lines[index].operate(command, sequence: sequence)
        guard case .done(let outcomes, let isWaiting) = operated else {
            if case .refused(let refusal) = operated { return .refused(refusal) }
            return .repeated
        }
        if command.action.isRelearning { reader.unfreezeTemplates(asset: asset) }
        lines[index].isDirty = true
        return .done(settle(outcomes, of: asset), isWaiting: isWaiting)
    }

    /// What became of an operator's command.
    package enum Operated: Sendable {
        /// Done, or waiting for its turn behind windows that wait for a fit.
        case done([Outcome], isWaiting: Bool)
        /// The same command came before.
        case repeated
        case refused(AlarmRefusal)
    }

    /// Asks for the trained model `network` in an asset's service: after a trial and a time in the
    /// shadow, unless `isForced`. `false` when the asset is unknown.
    package mutating func propose(_ network: String, for asset: AssetName, isForced: Bool) -> Bool {
        guard let index = indexOfAsset[asset] else { return false }
        lines[index].isDirty = true
        lines[index].propose(network, isForced: isForced)
        return true
    }

    /// A proposed model is on its way to a trial.
    func isProposed(to asset: AssetName) -> Bool {
        indexOfAsset[asset].map { lines[$0].proposed != nil } ?? false
    }

    /// Templates, like models, are frozen: at the moment the first fit is asked for, which every run of
    /// the same inputs agrees on. Later fits may be asked for behind held windows, at a message that
    /// depends on how long the fit before took; they leave the templates as they are.
    ///
    /// At that moment the assets of its group are asked for loans too, and loans that have had their
    /// turn are delivered.
    mutating func settle(_ outcomes: [Outcome], of asset: AssetName) -> [Outcome] {
        var settled: [Outcome] = []
        for outcome in outcomes {
            switch outcome {
            case .fit(let request):
                if request.isFirst { reader.freezeTemplates(asset: asset) }
                settled.append(.fit(naming(request)))
                if request.isFirst { settled += askForLoans(asset) }
            case .verdict(let verdict, let change) where verdict.explanation != nil:
                settled.append(.verdict(explained(verdict), change))
            default:
                settled.append(outcome)
            }
        }
        guard let index = indexOfAsset[asset] else { return settled }
        return settled + deliverLoans(of: index)
    }

    /// Settings name the numbers of a vector, the reader knows the texts of log templates.
    private func explained(_ verdict: Verdict) -> Verdict {
        var verdict = verdict
        guard case .stream(let stream)? = verdict.blame else {
            verdict.explain { _ in nil }
            return verdict
        }
        let features = settings.intake.streams.first { $0.name == stream }?.features ?? []
        let templates = Dictionary(
            reader.templateNames(of: verdict.asset, stream).enumerated().map { number, text in
                (LogSummary.term(ofTemplate: Int32(number)), text)
            }, uniquingKeysWith: { first, _ in first })
        verdict.explain { feature in
            switch feature {
            case .number(let index, _): index < features.count ? features[index] : nil
            case .term(let term): templates[term]
            case .severity: nil
            }
        }
        return verdict
    }

    mutating func restore(
        _ state: AssetLineState, asset: AssetName, service: AssetDetector.Service?,
        shadow: AssetDetector.Service?
    ) {
        let rule = rules(asset) ?? .windows(settings.fusion.warmupWindows)
        var line = AssetLine(
            asset: asset, settings: settings, rule: rule, state: state, service: service,
            shadow: shadow)
        line.refillLogs()
        indexOfAsset[asset] = lines.count
        lines.append(line)
    }

    mutating func refill(_ sample: Sample, sequence: UInt64) {
        guard let index = indexOfAsset[sample.asset] else { return }
        lines[index].refill(sample, sequence: sequence)
    }

    private mutating func line(of asset: AssetName) -> Int {
        if let index = indexOfAsset[asset] { return index }
        let rule = rules(asset) ?? .windows(settings.fusion.warmupWindows)
        lines.append(
            AssetLine(asset: asset, settings: settings, rule: rule, place: lines.count))
        indexOfAsset[asset] = lines.count - 1
        return lines.count - 1
    }
}

extension RecentTraffic.Refusal {
    init(_ refusal: Refusal) {
        var misfit: String?
        switch refusal.reason {
        case .wrongDimension:
            misfit =
                "vectors of \(refusal.found ?? 0) numbers come where \(refusal.expected ?? 0) are "
                + "expected"
        case .wrongKind:
            misfit = "log lines come where vectors are expected, or the other way round"
        default: break
        }
        self.init(reason: refusal.reason.rawValue, misfit: misfit)
    }
}
