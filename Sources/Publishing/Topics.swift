package import Signals

/// Where each thing is published: all under `<base>/<gateway>`, so that two gateways on one broker
/// never overwrite each other.
package struct Topics: Equatable, Sendable {
    private let root: String
    private let base: String

    package init(base: String, gateway: String) {
        self.base = base
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

    /// Whether an answer may go to a topic that a request names. Not where anchord hears or speaks, on
    /// this gateway or another: nobody is to make it command, or contradict, itself. `filters`: of the
    /// inputs.
    package func mayCarryReply(_ topic: String, filters: [String]) -> Bool {
        guard !topic.isEmpty, topic.utf8.count <= 1024, !topic.hasPrefix("$"),
            !topic.contains(where: { $0 == "+" || $0 == "#" })
        else { return false }
        let ownReplies =
            topic.hasPrefix("\(root)/asset/") && topic.contains("/command/reply")
            || (topic + "/").hasPrefix(searchReply + "/")
        guard ownReplies || !(topic + "/").hasPrefix(base + "/") else { return false }
        return !filters.contains { Self.covers($0, topic) }
    }

    /// MQTT's filters, level by level.
    private static func covers(_ filter: String, _ topic: String) -> Bool {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        let wanted = filter.split(separator: "/", omittingEmptySubsequences: false)
        for (k, level) in wanted.enumerated() {
            if level == "#" { return true }
            guard k < levels.count, level == "+" || level == levels[k] else { return false }
        }
        return wanted.count == levels.count
    }

    package func health(_ asset: AssetName, _ stream: StreamName) -> String {
        "\(root)/asset/\(asset)/health/\(stream)"
    }
    package func diagnosis(_ asset: AssetName) -> String { "\(root)/asset/\(asset)/diagnosis" }
    /// Where searches among remembered windows come in, and where they are answered that name no other topic.
    package var search: String { "\(root)/search" }
    package var searchReply: String { "\(search)/reply" }
    package var status: String { "\(root)/status" }
    package var counters: String { "\(root)/counters" }
}
