import Daemon
import Foundation
import Glibc
import TestSupport
import Testing

/// The command line asks the running daemon.
@Suite("Status and commands", .enabled(if: MosquittoBroker.isInstalled), .serialized)
struct ControlTests {
    private let plant = TestPlant(seed: 4, seconds: 80)
    private let broker: MosquittoBroker
    private let anchord: AnchordProcess

    /// Two assets, scoring.
    init() throws {
        broker = try MosquittoBroker()
        anchord = try AnchordProcess(TestSettings(broker.url))
        try anchord.start()
        try #require(try anchord.reports { $0.broker.granted == ["features/+/+": 1] })
        try PlantPublisher(broker.url).publish(plant.messages)
        try #require(
            try anchord.reports { status in
                status.assets.count == 2 && status.assets.allSatisfy { $0.windows >= 77 }
            }, "\(anchord.log)")
    }

    private func ask(_ words: String...) throws -> (status: Int32, output: String, errors: String) {
        try anchord.run(words + ["--config", anchord.settingsPath])
    }

    @Test("Status tells people and programs the same")
    func status() throws {
        let status = try #require(try anchord.status())
        #expect(status.gateway == "gw")
        #expect(status.broker.isConnected)
        #expect(status.broker.url == broker.url)
        #expect(status.broker.protocolVersion == "5")
        #expect(status.broker.granted == ["features/+/+": 1])
        #expect(status.refused == [:])
        #expect(status.assets.map(\.name) == ["press-1", "press-2"])
        for asset in status.assets {
            #expect(asset.state == "scoring")
            #expect(asset.model != nil)
            #expect(asset.calibration.hasPrefix("provisional with "))
            #expect(asset.streams.map(\.name) == ["audio", "camera", "log"])
            #expect(asset.streams.map(\.kind) == ["vector", "vector", "log"])
            #expect(asset.streams.map(\.dimension) == [24, 32, nil])
            #expect(asset.streams.allSatisfy { $0.qos == 1 && $0.withoutPromise == 0 })
            #expect(!asset.isClockSteppedBack)
        }
        let accepted = status.assets.flatMap(\.streams).reduce(0) { $0 + $1.accepted }
        #expect(accepted == plant.messages.count)

        let text = try ask("status").output
        #expect(text.hasPrefix("gw, anchord \(status.version), up "))
        #expect(text.contains("broker \(broker.url): connected, MQTT 5"))
        #expect(text.contains("features/+/+: QoS 1"))
        for asset in status.assets {
            #expect(text.contains("\(asset.name): scoring, "))
            #expect(text.contains("  \(asset.calibration); model \(asset.model ?? "")"))
        }
        #expect(text.contains("  camera: vector of 32, "))
        #expect(text.contains(", QoS 1, "))
        #expect(!text.contains("no promise"))

        let list = try ask("asset", "list")
        #expect(list.status == 0)
        #expect(list.output.split(separator: "\n").count == 2)
        #expect(list.output.hasPrefix("press-1: scoring, "))
    }

    @Test("What may tell work from rest is asked of what was kept, and nobody's windows are none")
    func activity() throws {
        let answer = try ask("asset", "activity", "press-1")
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output.contains("press-1") || answer.output.contains("active_when"))
        let nobody = try ask("asset", "activity", "press-9")
        #expect(nobody.status == 1)
        #expect(nobody.errors.contains("no windows of \"press-9\" are kept yet"))
    }

    @Test("Only the owner and the group may use the socket")
    func socketMode() throws {
        var facts = stat()
        try #require(lstat(anchord.controlSocket, &facts) == 0)
        #expect(facts.st_mode & S_IFMT == S_IFSOCK)
        #expect(facts.st_mode & 0o777 == 0o660)
    }

    @Test("An asset nobody knows is refused with the names of those that are known")
    func unknownAsset() throws {
        for command in ["forget", "relearn"] {
            let answer = try ask("asset", command, "press-9")
            #expect(answer.status != 0)
            #expect(
                answer.errors.contains(
                    "there is no asset \"press-9\"; known are: press-1, press-2"))
        }
    }

    @Test("The quarantine is empty, and says so")
    func quarantine() throws {
        let list = try ask("quarantine", "list")
        #expect(list.status == 0 && list.output == "")
        let all = try ask("quarantine", "release", "all")
        #expect(all.status == 0 && all.output == "The quarantine is empty.\n")
        let one = try ask("quarantine", "release", "00c0ffee00c0ffee")
        #expect(one.status != 0)
        #expect(one.errors.contains("there is no message \"00c0ffee00c0ffee\" in quarantine"))
    }

    @Test("Without a daemon the commands say how to start one, and what the first one left is gone")
    func noDaemon() throws {
        #expect(anchord.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: anchord.controlSocket))
        for words in [["status"], ["asset", "list"], ["asset", "forget", "press-1"]] {
            let answer = try anchord.run(words + ["--config", anchord.settingsPath])
            #expect(answer.status != 0)
            #expect(answer.output == "")
            #expect(
                answer.errors.contains("could not reach the daemon at \(anchord.controlSocket)"))
            #expect(answer.errors.contains("systemctl start anchord"))
        }
    }

    @Test("A killed daemon's socket is taken over, a living one's is not")
    func socketTakenOver() throws {
        let second = try anchord.run(["run", "--config", anchord.settingsPath])
        #expect(second.status == 1)
        #expect(anchord.isRunning)
        #expect(try anchord.status() != nil)
        anchord.kill()
        #expect(FileManager.default.fileExists(atPath: anchord.controlSocket))
        try anchord.start()
        #expect(try anchord.reports { $0.assets.count == 2 }, "\(anchord.log)")
    }

    @Test("Forgetting an asset clears its retained topics and leaves the other one alone")
    func forget() throws {
        let alarm = "anchord/gw/asset/press-1/alarm"
        #expect(try eventually { try retained("anchord/#", at: broker.url)[alarm] != nil })
        let answer = try ask("asset", "forget", "press-1")
        #expect(answer.status == 0)
        #expect(answer.output == "Forgot press-1.\n")
        #expect(try eventually { try retained("anchord/#", at: broker.url)[alarm] == nil })
        let left = try retained("anchord/#", at: broker.url)
        #expect(left["anchord/gw/asset/press-2/alarm"] != nil)
        #expect(try anchord.status()?.assets.map(\.name) == ["press-2"])

        // Forgotten for good, not until the next start.
        #expect(anchord.stop() == 0)
        try anchord.start()
        #expect(try anchord.reports { $0.assets.map(\.name) == ["press-2"] }, "\(anchord.log)")
    }

    @Test("An asset learns anew when told to, and the other one goes on")
    func relearn() throws {
        let answer = try ask("asset", "relearn", "press-2")
        #expect(answer.status == 0)
        #expect(answer.output == "press-2 is learning anew.\n")
        let status = try #require(try anchord.status())
        #expect(status.assets.map { $0.model == nil } == [false, true])
        #expect(status.assets[1].calibration == "warming up, 60 windows missing")
    }
}
