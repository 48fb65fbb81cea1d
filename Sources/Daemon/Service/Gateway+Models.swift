import Detection
import Foundation
import Fusion
import Learning
import Logging
import Signals
import Store

// Trained models: handed in, proposed to assets, tried, adopted, removed.
extension Gateway {
    /// The model that a person means: the first digits of an id, or `linear`; `nil`: there is none.
    func model(named name: String) throws -> String? {
        if name == AssetLine.Proposal.linear { return name }
        return name.isEmpty ? nil : try networks.id(beginningWith: name)
    }

    /// It has the linear alignment, and nothing else is on its way.
    func isLinear(_ asset: AssetName) -> Bool {
        pipeline.lines.first { $0.asset == asset }?.networks.isEmpty ?? false
            && !proposals.contains { $0.asset == asset }
    }

    /// Proposes the model `id` to these assets, each in its turn; an empty list means all.
    func propose(_ id: String, to assets: [AssetName], isForced: Bool) throws {
        for asset in assets.isEmpty ? pipeline.assets : assets {
            trials[asset] = nil
            proposals.removeAll { $0.asset == asset }
            proposals.append(QueuedProposal(asset: asset, network: id, isForced: isForced))
        }
        try proposeNext()
    }

    /// A few at a time: each is a fit and a trial, and windows past the switch of one that is not done
    /// by then would be held. A turn is over after two minutes at the latest: an asset that is silent, or
    /// still warming up, keeps its proposal and not the others from theirs.
    func proposeNext() throws {
        guard !proposals.isEmpty else { return }
        let now = clocks.now.elapsed
        turns = turns.filter { asset, began in
            now - began < Self.turnMax && pipeline.isProposed(to: asset)
        }
        while !proposals.isEmpty, turns.count < Self.turnsMax {
            let next = proposals.removeFirst()
            turns[next.asset] = now
            try control(.propose(next.asset, network: next.network, isForced: next.isForced))
        }
    }

    private static let turnsMax = 4
    private static let turnMax: Int64 = 120_000_000_000

    /// The model that the settings name, for every asset that has another one. Asked once for each
    /// asset in a life of the settings: one that it was refused for keeps what it has.
    func proposeConfigured() throws {
        guard let configured, told.count < pipeline.lines.count else { return }
        for index in pipeline.lines.indices {
            let asset = pipeline.lines[index].asset
            guard !told.contains(asset), pipeline.lines[index].detector.service != nil else {
                continue
            }
            told.insert(asset)
            // On its way there already: a restart in the shadow must not ask once more.
            guard !pipeline.lines[index].networks.contains(configured.id) else { continue }
            try propose(configured.id, to: [asset], isForced: false)
        }
    }

    /// Starts a training from the archive when its time has come, and proposes what it made.
    func retrain(_ now: Arrival) throws {
        guard let every = settings.learning.retrainEvery else { return }
        if now.elapsed - retrainAt >= every.nanoseconds {
            retrainAt = now.elapsed
            retrainer.start()
        }
        guard let file = retrainer.finished() else { return }
        let model = try networks.add(file, nowMs: now.wall / 1_000_000)
        logger.info("Trained from the archive.", metadata: ["model": "\(model.shortID)"])
        let assets = pipeline.lines.indices.compactMap { index in
            pipeline.lines[index].detector.service == nil ? nil : pipeline.lines[index].asset
        }
        if !assets.isEmpty { try propose(model.id, to: assets, isForced: false) }
    }

    /// Reads the file that `fusion.model` names. A bad one is said, and what runs stays.
    func readConfiguredModel() {
        guard let path = settings.fusion.model else { return }
        do {
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            configured = try networks.add(file, nowMs: clocks.now.wall / 1_000_000)
        } catch {
            logger.error(
                "Could not take the model that fusion.model names; the models in service stay.",
                metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    func note(_ trial: FitResult.Trial, of network: String, _ asset: AssetName) {
        trials[asset] = (network, trial)
        switch trial {
        case .passed(let table):
            logger.notice(
                "A proposed model did better than the one in service.",
                metadata: ["asset": "\(asset)", "gain": "\(table.gain)"])
        case .failed(let table):
            logger.warning(
                "A proposed model was refused: it did no better than the one in service.",
                metadata: [
                    "asset": "\(asset)", "gain": "\(table.gain)", "lower": "\(table.whole.lower)",
                ])
        case .unsuitable(let why):
            logger.warning(
                "A proposed model was refused: it cannot serve this asset.",
                metadata: ["asset": "\(asset)", "why": "\(why)"])
        }
    }

    /// All trained models, and where each asset stands with them.
    func modelList() throws -> ModelList {
        let stored = try store.networks().map { network in
            ModelList.Entry(
                id: network.id, createdMs: network.createdMs, bytes: network.bytes,
                metadata: (try? JSONDecoder().decode(
                    [String: String].self, from: Data(network.metadata.utf8))) ?? [:])
        }
        let assets = pipeline.lines.indices.map { index -> ModelList.Asset in
            let line = pipeline.lines[index]
            return ModelList.Asset(
                name: line.asset.text, network: line.detector.service?.model.networkID,
                service: line.detector.service?.modelID,
                proposed: line.proposed
                    ?? proposals.first { $0.asset == line.asset }?.network,
                shadow: line.shadow.map {
                    $0.detector.service?.model.networkID ?? AssetLine.Proposal.linear
                },
                windowsInShadow: line.shadow.map { Int($0.takesOverAt - line.progress.windows) },
                trial: trials[line.asset].map { ModelList.Trial($0.trial, of: $0.network) })
        }
        return ModelList(models: stored, assets: assets.sorted { $0.name < $1.name })
    }

    /// - Returns: the assets that keep it from being removed.
    func removeModel(_ id: String) throws -> [AssetName] {
        let users =
            pipeline.lines.indices
            .filter { pipeline.lines[$0].networks.contains(id) }.map { pipeline.lines[$0].asset }
            + proposals.filter { $0.network == id }.map(\.asset)
        guard users.isEmpty else { return users }
        // A crash must not find a state that still names it, nor a proposal of it in the journal.
        try commit(isFinal: false)
        try networks.remove(id: id)
        return []
    }
}

/// An asset whose turn to try a model has not come.
struct QueuedProposal {
    var asset: AssetName
    var network: String
    var isForced: Bool
}

/// What `anchord model` shows.
package struct ModelList: Codable, Equatable, Sendable {
    package var models: [Entry]
    package var assets: [Asset]

    package struct Entry: Codable, Equatable, Sendable {
        package var id: String
        package var createdMs: Int64
        package var bytes: Int
        package var metadata: [String: String]
    }

    package struct Asset: Codable, Equatable, Sendable {
        package var name: String
        /// The trained model in service; `nil`: the linear alignment.
        package var network: String?
        /// Hash of what scores this asset now.
        package var service: String?
        package var proposed: String?
        package var shadow: String?
        package var windowsInShadow: Int?
        package var trial: Trial?
    }

    package struct Trial: Codable, Equatable, Sendable {
        /// The trained model that was tried.
        package var network: String
        package var isPassed: Bool
        /// Why it was not even tried.
        package var unsuitable: String?
        package var rows: [Row]

        package struct Row: Codable, Equatable, Sendable {
            package var fault: String
            package var windows: Int
            package var candidate: Double
            package var current: Double
            package var lower: Double
        }

        init(_ trial: FitResult.Trial, of network: String) {
            self.network = network
            rows = []
            switch trial {
            case .unsuitable(let why):
                (isPassed, unsuitable) = (false, why)
            case .passed(let table), .failed(let table):
                isPassed = table.isPassed
                rows = table.rows.map { row in
                    Row(
                        fault: row.fault.rawValue, windows: row.windows,
                        candidate: row.difference.candidate, current: row.difference.current,
                        lower: row.difference.lower)
                }
                rows.append(
                    Row(
                        fault: "all", windows: table.rows.reduce(0) { $0 + $1.windows },
                        candidate: table.whole.candidate, current: table.whole.current,
                        lower: table.whole.lower))
            }
        }
    }
}
