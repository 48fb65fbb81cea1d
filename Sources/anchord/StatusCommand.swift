import ArgumentParser
import Daemon
import Foundation

/// How a command finds the running daemon.
struct ControlLine: ParsableArguments {
    @OptionGroup var location: SettingsLocation

    @Option(
        help: ArgumentHelp(
            "Its control socket; from the settings when left out.", valueName: "path"))
    var socket: String?

    func ask(_ request: ControlRequest) throws -> ControlReply {
        let line = try UnixSocket.ask(path(), [UInt8](try JSONEncoder().encode(request)))
        let reply = try JSONDecoder().decode(ControlReply.self, from: Data(line))
        if let error = reply.error { throw Refusal(description: error) }
        return reply
    }

    /// What the daemon answers when it could not: no mistake in the command line.
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    private func path() throws -> String {
        if let socket { return socket }
        let settings = try location.load().settings
        let environment = ProcessInfo.processInfo.environment
        if settings.control.socket == nil, environment["RUNTIME_DIRECTORY"] == nil,
            location.config == nil, FileManager.default.fileExists(atPath: "/run/anchord")
        {
            // Where the unit's runtime directory is.
            return "/run/anchord/control.sock"
        }
        return settings.controlSocket(environment: environment)
    }
}

/// `anchord status`: what the running daemon hears, thinks and refuses.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Ask the running daemon how it and its assets are.")

    @OptionGroup var line: ControlLine

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func run() throws {
        guard let status = try line.ask(ControlRequest(.status)).status else { return }
        if json {
            try printJSON(status)
        } else {
            print(status.text)
        }
    }
}

extension StatusReport {
    /// For people, most important first.
    var text: String {
        var lines = [
            "\(gateway), anchord \(version), up \(Self.span(uptimeSeconds)), settings \(settingsHash)"
        ]
        let state =
            broker.isConnected
            ? "connected, MQTT \(broker.protocolVersion ?? "?")"
            : "away: \(broker.lastReason ?? "never reached")"
        lines.append(
            "broker \(broker.url): \(state); outbox \(outboxWaiting), journal \(journalBytes >> 10) KiB"
        )
        if let messagesPerSecond, let windowsPerSecond {
            lines.append(
                "\(Self.rate(messagesPerSecond)) messages/s, \(Self.rate(windowsPerSecond)) windows/s"
            )
        }
        for (filter, qos) in broker.granted.sorted(by: { $0.key < $1.key }) {
            let meaning =
                switch qos {
                case 0: "QoS 0: no promise, lost messages are lost"
                case 1: "QoS 1"
                case -1: "refused by the broker"
                default: "QoS \(qos)"
                }
            lines.append("  \(filter): \(meaning)")
        }
        lines += promises
        if quarantine > 0 {
            lines.append(
                "\(quarantine) messages in quarantine: the daemon died of them; see `anchord quarantine list`"
            )
        }
        if isGatewayClockSuspect {
            lines.append("the gateway's clock disagrees with every stream: check it first")
        }
        if isAlarmFlood {
            lines.append(
                "alarm flood: \(alarmsLately) alarms within ten minutes; `anchord alarms list` names the first"
            )
        }
        if isCommandGranted == false {
            lines.append(
                "the broker refuses the subscription to commands; its access list must allow it")
        }
        if !refused.isEmpty {
            let reasons = refused.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("refused: \(reasons.joined(separator: ", "))")
            if let lastRefusal { lines.append("  last: \(lastRefusal)") }
            for stranger in strangers.prefix(20) {
                let reasons = stranger.refused.sorted { $0.key < $1.key }
                    .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                lines.append(
                    "  nothing of \(stranger.asset)/\(stranger.stream) could be read: \(reasons)")
            }
            if strangers.count > 20 {
                lines.append("  and \(strangers.count - 20) more streams of which nothing could")
            }
        }
        let doubtful = assets.flatMap { asset in
            asset.streams.flatMap { stream in
                stream.health.map { "\(asset.name)/\(stream.name) \($0.kind)" }
            }
        }
        if !doubtful.isEmpty {
            let rest = doubtful.count > 8 ? " and \(doubtful.count - 8) more" : ""
            lines.append("data in doubt: \(doubtful.prefix(8).joined(separator: ", "))\(rest)")
        }
        lines += diagnosis?.lines ?? []
        if assets.isEmpty { lines.append("no asset has been heard yet") }
        for asset in assets {
            lines.append("")
            lines.append(asset.line)
            if let reason = asset.reason { lines.append("  \(reason)") }
            if asset.isClockSteppedBack {
                lines.append(
                    "  its clock was set back: all it sends is late until that clock has caught up; `anchord asset forget \(asset.name)` starts it anew"
                )
            }
            if let proposal = asset.activityProposal {
                lines.append(
                    "  is it at rest at times? active_when = \"\(proposal.activeWhen)\" would tell; see `anchord asset activity \(asset.name)`"
                )
            }
            lines.append("  \(asset.calibration); model \(asset.model ?? "none")")
            for stream in asset.streams { lines.append("  " + stream.line(in: asset)) }
        }
        return lines.joined(separator: "\n")
    }

    /// Streams whose publisher promises nothing, whatever the subscription was granted.
    private var promises: [String] {
        let without = assets.flatMap { asset in
            asset.streams.filter { $0.qos == 0 }.map { "\(asset.name)/\($0.name)" }
        }
        guard !without.isEmpty else { return [] }
        let named = without.prefix(8).joined(separator: ", ")
        let rest = without.count > 8 ? " and \(without.count - 8) more" : ""
        return [
            "published with QoS 0, so nothing promises that all of it comes: \(named)\(rest)"
        ]
    }

    /// One digit behind the point where it matters.
    static func rate(_ perSecond: Double) -> String {
        let tenths = (perSecond * 10).rounded() / 10
        return tenths < 10 ? "\(tenths)" : "\(Int(tenths.rounded()))"
    }

    private static func span(_ seconds: Int) -> String {
        seconds < 120
            ? "\(seconds) s" : seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
    }
}

extension StatusReport.Diagnosis {
    var lines: [String] {
        var lines: [String] = []
        if looks > 0 || !findings.isEmpty {
            let standing = findings.isEmpty ? "nothing found" : "\(findings.count) found"
            let skipped = looksSkipped > 0 ? ", \(looksSkipped) left out" : ""
            lines.append("diagnosis: \(standing), \(looks) looks\(skipped)")
        }
        for finding in findings.prefix(8) {
            lines.append("  \(finding.severity): \(finding.headline)")
        }
        if findings.count > 8 { lines.append("  and \(findings.count - 8) more") }
        for correction in corrections.prefix(8) {
            lines.append(
                "  \(correction.stream) of \(correction.asset) is corrected by \((correction.seconds * 100).rounded() / 100) s"
            )
        }
        if corrections.count > 8 { lines.append("  and \(corrections.count - 8) more corrected") }
        return lines
    }
}

extension StatusReport.Asset {
    /// Where it says more than the condition.
    private var lifeText: String {
        life == "normal" || life == "suppressed" ? "" : " (\(life.replacing("_", with: " ")))"
    }

    var line: String {
        let score = score.map { "score \(($0 * 100).rounded() / 100)" } ?? "no score"
        return
            "\(name): \(state), \(score), quality \(quality ?? "bad"), alarm \(alarm)\(lifeText), \(windows) windows"
    }
}

extension StatusReport.Stream {
    func line(in asset: StatusReport.Asset) -> String {
        var facts = [kind + (dimension.map { " of \($0)" } ?? ""), "\(accepted) accepted"]
        if let messagesPerSecond { facts.append("\(StatusReport.rate(messagesPerSecond))/s") }
        switch qos {
        case 0: facts.append("QoS 0: no promise")
        case let qos? where withoutPromise > 0:
            facts.append("QoS \(qos), \(withoutPromise) earlier ones QoS 0")
        case let qos?: facts.append("QoS \(qos)")
        case nil: break
        }
        if asset.idle.contains(name) { facts.append("idle") }
        if late > 0 { facts.append("\(late) late") }
        if future > 0 { facts.append("\(future) from the future") }
        for (reason, count) in refused.sorted(by: { $0.key < $1.key }) {
            facts.append("\(count) refused: \(reason)")
        }
        if let clockOffsetMs {
            let side = clockOffsetMs < 0 ? "ahead of" : "behind"
            facts.append("clock \(clockOffsetMs.magnitude) ms \(side) ours")
        }
        if let agreement {
            let share = (agreement * 100).rounded() / 100
            facts.append(
                asset.aligned.contains(name)
                    ? "agrees with the others (\(share))"
                    : "agrees too little with the others, left out of the disagreement")
        }
        for alarm in health { facts.append("IN DOUBT: \(alarm.kind), \(alarm.reason)") }
        return "\(name): \(facts.joined(separator: ", "))"
    }
}
