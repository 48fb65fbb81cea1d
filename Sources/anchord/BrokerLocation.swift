import ArgumentParser
import Daemon
import Foundation
import MQTT
import Signals

/// Which broker a tool talks to: that of the settings, or one named for the occasion.
struct BrokerLocation: ParsableArguments {
    @OptionGroup var settings: SettingsLocation

    @Option(
        help: ArgumentHelp(
            "Another broker than the settings': mqtt://host[:port] or mqtts://. It is shown neither user nor password of the settings.",
            valueName: "url"))
    var broker: String?

    /// The settings, and the broker to talk to.
    func load() throws -> (LoadedSettings, BrokerSettings) {
        let loaded = try settings.load()
        guard let broker else { return (loaded, loaded.settings.broker) }
        // A login belongs to the broker it was given for.
        var other = BrokerSettings()
        other.url = broker
        if let problem = other.problems().first {
            throw ValidationError(problem.replacing("broker.url", with: "--broker"))
        }
        return (loaded, other)
    }
}

/// A QoS on the command line.
struct QoSOption: ExpressibleByArgument {
    let qos: QoS

    init?(argument: String) {
        guard let number = Int32(argument), let qos = QoS(rawValue: number), qos != .exactlyOnce
        else { return nil }
        self.qos = qos
    }

    static let allValueStrings = ["0", "1"]
    var defaultValueDescription: String { "\(qos.rawValue)" }
}

/// Speaks to the person beside the data: on standard error.
func tell(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
