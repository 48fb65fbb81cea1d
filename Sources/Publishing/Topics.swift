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
    package func health(_ asset: AssetName, _ stream: StreamName) -> String {
        "\(root)/asset/\(asset)/health/\(stream)"
    }
    package var status: String { "\(root)/status" }
    package var counters: String { "\(root)/counters" }
}
