import Foundation
import Fusion
import Store
import Synchronization

/// The trained models of this gateway: kept in the Store, each decoded once and shared by all assets
/// that it serves.
final class NetworkLibrary: Sendable {
    private let store: StateStore
    private let decoded = Mutex<[String: NetworkModel]>([:])

    init(store: StateStore) {
        self.store = store
    }

    /// `nil` when there is none of this id.
    ///
    /// - Throws: when the store cannot be read, or what it holds is damaged.
    func model(id: String) throws -> NetworkModel? {
        if let known = decoded.withLock({ $0[id] }) { return known }
        guard let file = try store.networkFile(id: id) else { return nil }
        let model = try NetworkModel(encoded: file)
        decoded.withLock { $0[id] = model }
        return model
    }

    /// Takes in a model file; what it contains is its name.
    ///
    /// - Throws: `ModelFileError` or `NetworkModel.Malformed` for a file that is no sound model.
    func add(_ file: [UInt8], nowMs: Int64) throws -> NetworkModel {
        let model = try NetworkModel(encoded: file)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let metadata = String(decoding: try encoder.encode(model.metadata), as: UTF8.self)
        try store.saveNetwork(
            StoredNetwork(
                id: model.id, createdMs: nowMs, bytes: file.count, metadata: metadata),
            file: file)
        decoded.withLock { $0[model.id] = model }
        return model
    }

    func remove(id: String) throws {
        try store.removeNetwork(id: id)
        decoded.withLock { $0[id] = nil }
    }

    /// The id that begins with `prefix`; `nil` unless there is exactly one.
    func id(beginningWith prefix: String) throws -> String? {
        let found = try store.networks().map(\.id).filter { $0.hasPrefix(prefix) }
        return found.count == 1 ? found.first : nil
    }
}
