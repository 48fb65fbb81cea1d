import Foundation
import Testing

/// The flow in `dashboards/` must import into any Node-RED and listen where the daemon speaks.
@Suite("The Node-RED flow")
struct DashboardTests {
    private static let flow = repository.appendingPathComponent("dashboards/node-red-flow.json")

    /// What Node-RED 3 and later bring along, of what a flow like ours may want.
    private static let coreTypes: Set<String> = [
        "tab", "mqtt-broker", "mqtt in", "json", "switch", "function", "debug",
    ]

    private struct Node: Decodable {
        var id: String
        var type: String
        var z: String?
        var topic: String?
        var broker: String?
        var outputs: Int?
        var wires: [[String]]?
        var usetls: Bool?
    }

    private func nodes() throws -> [Node] {
        try JSONDecoder().decode([Node].self, from: Data(contentsOf: Self.flow))
    }

    @Test("Every node is a core node with an id of its own, on a tab of the flow")
    func nodesAreSound() throws {
        let nodes = try nodes()
        #expect(Set(nodes.map(\.id)).count == nodes.count)
        #expect(Set(nodes.map(\.type)) == Self.coreTypes)
        let tabs = Set(nodes.filter { $0.type == "tab" }.map(\.id))
        for node in nodes where node.wires != nil { #expect(tabs.contains(node.z ?? "")) }
    }

    @Test("Wires end at nodes, and every node is reached from a topic")
    func wiresEndAtNodes() throws {
        let nodes = try nodes()
        let byID = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0) })
        for node in nodes {
            for target in (node.wires ?? []).joined() { #expect(byID[target] != nil) }
            if let outputs = node.outputs { #expect(node.wires?.count == outputs) }
        }
        var reached: Set<String> = []
        var toVisit = nodes.filter { $0.type == "mqtt in" }.map(\.id)
        while let id = toVisit.popLast() {
            guard reached.insert(id).inserted else { continue }
            toVisit += (byID[id]?.wires ?? []).joined()
        }
        #expect(reached == Set(nodes.filter { $0.wires != nil }.map(\.id)))
    }

    @Test("It listens to the topics of the contract, through the one broker of the flow")
    func topicsAreTheContract() throws {
        let nodes = try nodes()
        let inputs = nodes.filter { $0.type == "mqtt in" }
        #expect(
            Set(inputs.map(\.topic)) == [
                "anchord/+/asset/+/score", "anchord/+/asset/+/alarm", "anchord/+/status",
                "anchord/+/counters",
            ])
        let brokers = nodes.filter { $0.type == "mqtt-broker" }
        #expect(brokers.count == 1)
        #expect(inputs.allSatisfy { $0.broker == brokers[0].id })
    }
}

/// The folder with `Package.swift`.
let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
