import Detection
import Fusion
import LinearAlgebra
import Recall
import Signals
import Store

/// The bridges between an asset's models, by windows of its archive that each of them can read.
struct SpaceBridges {
    /// By space, the same windows as each of the wanted models and the one in `space` places them.
    private let seen: [String: [EmbeddedWindow]]
    private let space: String

    /// Windows that bridges are learnt from, at most: a few tenths of a second of embedding.
    private static let windowsMax = 400

    /// - Parameters:
    ///   - asset: whose models they join.
    ///   - space: from which they lead.
    ///   - others: spaces that are wanted; those of models that are not kept cannot be reached.
    ///   - reader: of the state.
    /// - Throws: `StoreError`, and what a damaged model or window is.
    init(
        of asset: AssetName, from space: String, into others: Set<String>, reader: HistoryReader
    ) throws {
        self.space = space
        let models = Dictionary(
            try Self.services(of: asset, reader: reader).map {
                ($0.model.space($0.modelID), $0.model)
            }, uniquingKeysWith: { newest, _ in newest }
        ).filter { $0.key == space || others.contains($0.key) }
        guard models[space] != nil, models.count > 1 else {
            seen = [:]
            return
        }
        let windows = try reader.archive(asset: asset, limit: Self.windowsMax).map {
            try WindowSummary(encoded: $0)
        }
        seen = models.mapValues { windows.map($0.embed) }
    }

    /// Every model that is kept of an asset, the newest first.
    static func services(
        of asset: AssetName, reader: HistoryReader
    ) throws -> [AssetDetector.Service] {
        try reader.models(of: asset).map { row in
            try StoredService(
                row,
                networks: { id in
                    try reader.networkFile(id: id).map { try NetworkModel(encoded: $0) }
                }
            ).service
        }
    }

    struct Crossing {
        let direction: ByteQuery
        let fidelity: Double
    }

    /// Where `z`, which is the asset's place in `space`, would be in the others.
    ///
    /// - Parameters:
    ///   - z: the place, of the whole window or of one sense.
    ///   - view: which of them.
    /// - Returns: by space; those that cannot be reached are not there.
    func crossings(of z: [Float], view: RecallQuery.View) -> [String: Crossing] {
        let places = (seen[space] ?? []).map { Self.place(of: $0, view: view) }
        var crossings: [String: Crossing] = [:]
        for (other, windows) in seen where other != space {
            let pairs = zip(places, windows).compactMap { place, window in
                place.flatMap { place in
                    Self.place(of: window, view: view).map { (place, $0) }
                }
            }
            guard let bridge = SpaceBridge(from: pairs.map(\.0), to: pairs.map(\.1)),
                let direction = ByteQuery(bridge.carried(z))
            else { continue }
            crossings[other] = Crossing(direction: direction, fidelity: bridge.fidelity)
        }
        return crossings
    }

    /// The place of a window's sense, or the centroid of all its places.
    private static func place(
        of window: EmbeddedWindow, view: RecallQuery.View
    ) -> [Float]? {
        switch view {
        case .sense(let name):
            return window.senses[name]?.common
        case .anchor:
            // In order of name: sums of floats depend on it.
            let places = window.senses.sorted { $0.key < $1.key }.map(\.value).compactMap(\.common)
            guard let width = places.first?.count else { return nil }
            let sum = (0..<width).map { k in places.reduce(0) { $0 + $1[k] } }
            return norm(sum) > 1e-6 ? normalised(sum) : nil
        }
    }
}
