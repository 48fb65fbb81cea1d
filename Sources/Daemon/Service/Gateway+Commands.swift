import Detection
import Logging
import MQTT
import Publishing
import Signals
import Store

// What operators ask for, and what a crash makes us do once more.
extension Gateway {
    /// A command that changes what the pipeline does: journalled like a message, so that a restart
    /// sees it again in its place.
    func control(_ command: ControlRecord) throws {
        sequence = try journal.append([.control(command.encoded)])
        try act(on: apply(command), clocks.now)
        if !forgotten.isEmpty { try commit(isFinal: false) }
    }

    func apply(_ command: ControlRecord) -> [Outcome] {
        switch command {
        case .resumed(let arrival):
            pipeline.resumed(arrival)
            return []
        case .relearn(let asset):
            return pipeline.relearn(asset) ?? []
        case .operate(let asset, let command):
            guard
                case .done(let outcomes, _)? = pipeline.operate(
                    command, on: asset, sequence: sequence)
            else { return [] }
            return outcomes
        case .looked(let look):
            take(look)
            return []
        case .propose(let asset, let network, let isForced):
            _ = pipeline.propose(network, for: asset, isForced: isForced)
            return []
        case .forget(let asset):
            // Told in this life or in one before.
            for stream in pipeline.streams(of: asset) {
                healthTold.insert(AssetStream(asset: asset, stream: stream))
            }
            let released = pipeline.forget(asset) ?? []
            latest[asset] = nil
            trails[asset] = nil
            board.forget(asset)
            judgedLast[asset] = nil
            seenBefore[asset] = nil
            watch.forget(asset)
            ledger.recall.forget(asset)
            forgotten.append(asset)
            return released + [.clearArchive(asset)]
        }
    }

    /// What an asset had learnt is gone: fits of its former life are of no use to it, and what it was
    /// told is told again.
    func beginAnew(_ asset: AssetName) {
        fits.dismiss(asset)
        fitsAsked.removeAll { $0.asset == asset }
        alarmTold.remove(asset)
        told.remove(asset)
        trials[asset] = nil
        isStatusDue = true
    }

    /// One entry of the journal once more, after a crash.
    func reenact(_ entry: JournalEntry) throws {
        isReenacting = true
        defer { isReenacting = false }
        waitForFits(started)
        // A commit on the way must not claim the entries still to come.
        sequence = entry.sequence
        switch entry.record {
        case .message(let message):
            guard try guardian.admits(message, sequence: entry.sequence) else { return }
            try process(message, sequence: entry.sequence, started)
            guardian.passed(message)
        case .tick(let arrival, let isDrained):
            try act(on: pipeline.tick(arrival, isDrained: isDrained).outcomes, started)
        case .control(let bytes):
            guard let command = ControlRecord(encoded: bytes) else { return }
            try act(on: apply(command), started)
        case .mark:
            break
        }
        if pipeline.isBlocked || ledger.isFull || !forgotten.isEmpty {
            try commit(isFinal: false)
        }
    }
}
