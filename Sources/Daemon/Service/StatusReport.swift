import Detection
import Fusion
import Intake
import MQTT
import Publishing
import Signals
import Windowing

/// The running daemon's answer to `anchord status`.
package struct StatusReport: Codable, Equatable, Sendable {
    package var gateway: String
    package var version: String
    package var uptimeSeconds: Int
    package var settingsHash: String
    package var broker: Broker
    package var outboxWaiting: Int
    package var journalBytes: Int
    /// Over the last stretch between two `counters` messages; `nil` before the first is over.
    package var messagesPerSecond: Double?
    package var windowsPerSecond: Double?
    /// Messages held back because the process died of them.
    package var quarantine: Int
    package var isGatewayClockSuspect: Bool
    /// Alarms that rang within ten minutes of the newest window; more than ten are a flood.
    package var alarmsLately: Int
    package var isAlarmFlood: Bool
    /// Commands over the broker come through; `nil` when that is not known, or not wanted.
    package var isCommandGranted: Bool?
    /// By reason, all streams and strangers together.
    package var refused: [String: Int]
    package var lastRefusal: String?
    /// Streams of assets that have not given one message that could be read.
    package var strangers: [Stranger]
    /// What looks beside the flow found; `nil`: it does not look.
    package var diagnosis: Diagnosis?
    package var assets: [Asset]

    package struct Stranger: Codable, Equatable, Sendable {
        package var asset: String
        package var stream: String
        package var refused: [String: Int]
    }

    package struct Diagnosis: Codable, Equatable, Sendable {
        package var looks: Int
        /// Left out because the one before was not done.
        package var looksSkipped: Int
        /// That wait or run now.
        package var looksWaiting: Int
        /// Of a processor, for the last look at one asset, and at all together.
        package var assetSeconds: Double?
        package var plantSeconds: Double?
        /// For the windows that looks see.
        package var bytes: Int
        /// Those that stand, by asset, worst first.
        package var findings: [Finding]
        package var corrections: [Correction]

        package struct Finding: Codable, Equatable, Sendable {
            package var asset: String
            package var kind: String
            package var severity: String
            package var headline: String
            package var confidence: Double
            package var sinceMs: Int64
        }

        package struct Correction: Codable, Equatable, Sendable {
            package var asset: String
            package var stream: String
            /// By which stamps are taken earlier.
            package var seconds: Double
        }
    }

    package struct Broker: Codable, Equatable, Sendable {
        package var url: String
        package var isConnected: Bool
        package var protocolVersion: String?
        package var lastReason: String?
        /// Effective QoS per filter; -1 when the broker refused it.
        package var granted: [String: Int]
    }

    package struct Asset: Codable, Equatable, Sendable {
        package var name: String
        package var state: String
        package var score: Double?
        package var quality: String?
        package var alarm: String
        /// What operators have made of it, in the words of ISA-18.2.
        package var life: String
        package var ne107: String
        package var reason: String?
        package var model: String?
        package var aligned: [String]
        package var calibration: String
        package var windows: Int
        package var idle: [String]
        /// `active`, `idle` or `starting`, by `active_when`.
        package var activity: String
        /// For `active_when`, where none is set: what may tell work from rest.
        package var activityProposal: ActivityProposal?
        /// All its streams are far behind their own past: its samples are late until a person decides.
        package var isClockSteppedBack: Bool
        package var streams: [Stream]
    }

    package struct Health: Codable, Equatable, Sendable {
        package var kind: String
        /// By the gateway's wall clock.
        package var sinceMs: Int64
        package var reason: String
    }

    package struct Stream: Codable, Equatable, Sendable {
        package var name: String
        package var kind: String
        package var dimension: Int?
        package var accepted: Int
        package var messagesPerSecond: Double?
        /// The promise its newest message came with: the lesser of the publisher's QoS and ours.
        package var qos: Int?
        /// Messages that came without any, since the start.
        package var withoutPromise: Int
        package var refused: [String: Int]
        package var late: Int
        package var future: Int
        package var clockOffsetMs: Int64?
        /// Cosine to the others on held-back windows, and how likely by chance.
        package var agreement: Double?
        package var agreementP: Double?
        /// The chance that a window's agreement is above that of windows of different times.
        package var separation: Double?
        /// Raised data-health alarms.
        package var health: [Health]
    }
}

extension Gateway {
    /// On the broker thread.
    func statusReport(of assets: [AssetReport]? = nil) -> StatusReport {
        var refused: [String: Int] = [:]
        for count in pipeline.reader.counters {
            for (reason, total) in count.rejectedTotal {
                refused[reason.rawValue, default: 0] += total
            }
        }
        return StatusReport(
            gateway: gatewayName, version: version,
            uptimeSeconds: Int((clocks.now.elapsed - started.elapsed) / 1_000_000_000),
            settingsHash: settingsHash,
            broker: .init(
                url: settings.broker.url, isConnected: connection.isConnected,
                protocolVersion: connection.version, lastReason: connection.lastReason,
                granted: connection.granted),
            outboxWaiting: outbox.count, journalBytes: journalBytes,
            messagesPerSecond: rates.messages, windowsPerSecond: rates.windows,
            quarantine: guardian.heldMessages,
            isGatewayClockSuspect: pipeline.isGatewayClockSuspect, alarmsLately: board.recent,
            isAlarmFlood: board.isFlood, isCommandGranted: connection.isCommandGranted,
            refused: refused,
            lastRefusal: pipeline.reader.lastRefusal?.description,
            strangers: pipeline.reader.counters.compactMap(stranger),
            diagnosis: settings.diagnosis.isEnabled ? diagnosisReport() : nil,
            assets: (assets ?? pipeline.assetReports()).map(asset))
    }

    private func stranger(_ count: IntakeCount) -> StatusReport.Stranger? {
        guard let asset = count.asset, let stream = count.stream,
            !pipeline.assets.contains(asset)
        else { return nil }
        return .init(
            asset: asset.text, stream: stream.text,
            refused: Dictionary(
                uniqueKeysWithValues: count.rejectedTotal.map { ($0.key.rawValue, $0.value) }))
    }

    private func asset(_ report: AssetReport) -> StatusReport.Asset {
        let last = latest[report.asset]
        return StatusReport.Asset(
            name: report.asset.text, state: last?.state.rawValue ?? "warming_up",
            score: last?.score, quality: last?.quality.rawValue,
            alarm: last?.alarm.rawValue ?? "normal",
            life: (pipeline.alarm(of: report.asset)?.life ?? .normal).rawValue,
            ne107: (last?.health ?? .checkFunction).rawValue, reason: last?.reason,
            model: report.model,
            aligned: report.aligned.map(\.text), calibration: calibration(report),
            windows: report.windows, idle: report.idle.map(\.text),
            activity: report.activity.rawValue,
            activityProposal: fits.activityProposal(for: report.asset),
            isClockSteppedBack: report.isClockSteppedBack,
            streams: report.streams.map { stream in
                let agreement = report.agreements[stream.name]
                return StatusReport.Stream(
                    name: stream.name.text, kind: stream.kind, dimension: stream.dimension,
                    accepted: stream.accepted,
                    messagesPerSecond: rates[report.asset, stream.name],
                    qos: stream.received.newest.map { Int($0.rawValue) },
                    withoutPromise: stream.received.atMostOnce, refused: stream.refused,
                    late: stream.late,
                    future: stream.future, clockOffsetMs: stream.clockOffsetMs,
                    agreement: agreement?.agreement, agreementP: agreement?.pValue,
                    separation: agreement?.separation,
                    health: stream.health.map { kind, flag in
                        .init(
                            kind: kind.rawValue, sinceMs: flag.since?.milliseconds ?? 0,
                            reason: flag.reason)
                    })
            })
    }

    private func calibration(_ report: AssetReport) -> String {
        if let warmUp = report.warmUp {
            return "warming up, \(max(0, warmUp.needed - warmUp.done)) windows missing"
        }
        guard let note = report.calibration else { return "no model" }
        let windows = "\(note.windows) windows, worth \(note.effective) independent ones"
        return note.isCertified
            ? "certified by \(windows)"
            : "provisional with \(windows): \(note.missing) more needed for "
                + "\(settings.alarms.falseAlarms)"
                + (note.pooled > 0 ? "; ranked with \(note.pooled) borrowed ones" : "")
    }
}
