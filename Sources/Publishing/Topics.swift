package import Signals

/// Where each thing is published: all under `<base>/<gateway>`, so that two gateways on one broker
/// never overwrite each other.
package struct Topics: Equatable, Sendable {
    private let root: String

    package init(base: String, gateway: String) {
        root = "\(base)/\(gateway)"
    }

    package func score(_ asset: AssetName) -> String { "\(root)/asset/\(asset)/score" }
    package func alarm(_ asset: AssetName) -> String { "\(root)/asset/\(asset)/alarm" }
    /// Where operators' commands to an asset come in.
    package func command(_ asset: AssetName) -> String { "\(root)/asset/\(asset)/command" }
    /// Every command is answered here.
    package func reply(_ asset: AssetName) -> String { "\(command(asset))/reply" }
    package var commandFilter: String { "\(root)/asset/+/command" }

    /// The asset that a command on `topic` is for; `nil` when the topic carries none.
    package func commandedAsset(_ topic: String) -> AssetName? {
        guard topic.hasSuffix("/command"), topic.hasPrefix(root + "/asset/") else { return nil }
        let name = topic.dropFirst(root.count + "/asset/".count).dropLast("/command".count)
        guard !name.isEmpty, !name.contains("/") else { return nil }
        return AssetName(String(name))
    }

    package func health(_ asset: AssetName, _ stream: StreamName) -> String {
        "\(root)/asset/\(asset)/health/\(stream)"
    }
    package var status: String { "\(root)/status" }
    package var counters: String { "\(root)/counters" }
}
