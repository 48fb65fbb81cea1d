package import Detection
package import Fusion
package import Intake
package import MQTT
package import Publishing
package import Recall
package import Signals
package import Status
package import Store
package import Windowing

/// Everything an operator can set: the rooms' own settings, joined.
///
/// Defaults and reasons stand beside the code they set, in each room; the file that sets them is
/// read by `load(file:environment:)`.
package struct DaemonSettings: Equatable, Sendable {
    package var gateway = GatewaySettings()
    package var broker = BrokerSettings()
    package var intake = IntakeSettings()
    package var windowing = WindowingSettings()
    package var activity = ActivitySettings()
    /// What single assets have of their own.
    package var assets: [AssetName: AssetOverride] = [:]
    package var health = HealthSettings()
    package var fusion = FusionSettings()
    package var detection = DetectionSettings()
    package var learning = LearningSettings()
    package var alarms = AlarmSettings()
    package var diagnosis = WatchSettings()
    package var recall = RecallSettings()
    package var store = StoreSettings()
    package var publishing = PublishingSettings()
    package var status = StatusSettings()
    package var control = ControlSettings()
    package var log = LogSettings()

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator, each beginning with the
    /// key it is about. Empty when good.
    package func problems() -> [String] {
        gateway.problems() + broker.problems() + intake.problems() + windowing.problems()
            + activityProblems() + health.problems() + fusion.problems() + learning.problems()
            + detection.problems() + alarms.problems()
            + diagnosis.problems(windowing: windowing)
            + recall.problems() + store.problems()
            + publishing.problems() + status.problems() + control.problems()
    }
}

extension DaemonSettings {
    private func activityProblems() -> [String] {
        var problems = activity.problems() + phraseProblems(activity, at: "activity")
        for (asset, override) in assets.sorted(by: { $0.key < $1.key }) {
            let path = "assets.\(asset)"
            let own = override.applied(to: activity)
            // What is wrong for all has been said.
            problems += (own.problems(at: path) + phraseProblems(own, at: path)).filter {
                let key = $0.dropFirst(path.count + 1).prefix { $0 != " " }
                return override.keys.contains(String(key))
            }
        }
        return problems
    }

    private func phraseProblems(_ settings: ActivitySettings, at path: String) -> [String] {
        [("active_when", settings.activeWhen), ("active_until", settings.activeUntil)].compactMap {
            key, condition in
            guard let condition, let phrase = condition.phrase,
                LogPhrase.terms(of: phrase, masking: intake.logs.mask).isEmpty
            else { return nil }
            return
                "\(path).\(key) is \"\(condition)\", but intake.logs.mask hides all of these words; "
                + "name one that is a word."
        }
    }
}

/// Who we are. The `[gateway]` section.
package struct GatewaySettings: Equatable, Sendable {
    /// One token of every topic we publish; `nil`: the host's name.
    package var name: String?

    package init() {}

    /// The name in use. What a topic cannot hold becomes `-`; an empty host name, `gateway`.
    package func effectiveName(hostName: String) -> String {
        if let name { return name }
        let short = hostName.prefix { $0 != "." }
        let token = String(short.prefix(64).map { Self.isNameCharacter($0) ? $0 : "-" })
        return token.isEmpty ? "gateway" : token
    }

    package func problems() -> [String] {
        guard let name, name.utf8.count > 64 || !name.allSatisfy(Self.isNameCharacter) else {
            return []
        }
        return [
            "gateway.name is \"\(name)\", but one token of a topic has up to 64 letters, digits, "
                + "\"-\", \"_\" and \".\"."
        ]
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
    }
}

/// Where the command line finds the running daemon. The `[control]` section.
package struct ControlSettings: Equatable, Sendable {
    /// A Unix socket; `nil`: in `$RUNTIME_DIRECTORY`, else beside the database.
    package var socket: String?

    package init() {}

    /// The socket in use, once the environment and the database's path are known.
    package func effectiveSocket(environment: [String: String], database: String) -> String {
        if let socket { return socket }
        // systemd separates several folders by colons; the first is ours.
        let runtime = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first
        if let runtime { return runtime + "/control.sock" }
        guard let slash = database.lastIndex(of: "/") else { return "control.sock" }
        return database[...slash] + "control.sock"
    }

    package func problems() -> [String] {
        // `sun_path` of a Unix socket's address, with its closing zero.
        guard let socket, socket.utf8.count > 107 else { return [] }
        return [
            "control.socket is \"\(socket)\", but the path of a Unix socket has at most 107 bytes."
        ]
    }
}

/// What is logged, and in which form. The `[log]` section.
package struct LogSettings: Equatable, Sendable {
    package var level: Level = .info
    package var format: Format = .auto

    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, CaseIterable, Sendable {
        /// `journald` when systemd started us, else `text`.
        case auto
        /// A priority prefix before each line, no time: journald adds its own.
        case journald
        /// A time and a level before each line.
        case text
    }

    package init() {}
}
