import Detection
import Fusion
import LinearAlgebra
import Recall
import Signals
import Store

/// The bridges between an asset's models, by windows of its archive that each of them can read.
struct SpaceBridges {
    private let windows: [WindowSummary]
    private let services: [AssetDetector.Service]

    /// Windows that bridges are learnt from, at most: a few tenths of a second of embedding.
    private static let windowsMax = 400

    /// - Throws: `StoreError`, and what a damaged model or window is.
    init(of asset: AssetName, reader: HistoryReader) throws {
        services = try Self.services(of: asset, reader: reader)
        windows =
            services.count < 2
            ? []
            : try reader.archive(asset: asset, limit: Self.windowsMax).map {
                try WindowSummary(encoded: $0)
            }
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
    ///   - space: that it is in.
    ///   - others: spaces that are wanted.
    /// - Returns: by space; those that cannot be reached are not there.
    func crossings(
        of z: [Float], view: RecallQuery.View, from space: String, into others: Set<String>
    ) -> [String: Crossing] {
        guard let own = services.first(where: { $0.model.space($0.modelID) == space }) else {
            return [:]
        }
        let places = windows.map { Self.place(of: $0, view: view, in: own.model) }
        var crossings: [String: Crossing] = [:]
        for service in services {
            let other = service.model.space(service.modelID)
            guard other != space, others.contains(other), crossings[other] == nil else { continue }
            let pairs = zip(places, windows).compactMap { place, window in
                place.flatMap { place in
                    Self.place(of: window, view: view, in: service.model).map { (place, $0) }
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
        of window: WindowSummary, view: RecallQuery.View, in model: FusionModel
    ) -> [Float]? {
        let senses = model.embed(window).senses
        switch view {
        case .sense(let name):
            return senses[name]?.common
        case .anchor:
            let places = senses.values.compactMap(\.common)
            guard let width = places.first?.count else { return nil }
            let sum = (0..<width).map { k in places.reduce(0) { $0 + $1[k] } }
            return norm(sum) > 1e-6 ? normalised(sum) : nil
        }
    }
}
