import Detection
import Fusion
import Intake
import MQTT
import Publishing
import Signals
import Store
import Windowing

/// What the gateway counts beside what its rooms count. Since the start.
struct GatewayCounters {
    var messages = 0
    var windows = 0
    var alarms = 0
    /// Data-health alarms raised.
    var healthAlarms = 0
    var fits = 0
    var fitWaits = 0
    var commits = 0
    /// QoS 0 publications that found no broker.
    var unsent = 0
    var publishRefused = 0
    /// Publications that gave way in the Store.
    var outboxDropped = 0
    var verdictsContradicted = 0
    var refusedTold = 0
    /// Raises that somebody was to look up for.
    var rings = 0
    var commands = 0
    var searches = 0
    /// Stamps of streams moved, or taken back.
    var corrections = 0
    /// Commands that came before, by their id.
    var commandsRepeated = 0
    var commandsRefused: [String: Int] = [:]

    mutating func refuse(_ reason: String) { commandsRefused[reason, default: 0] += 1 }
}

/// The connection to the broker, for status.
struct ConnectionReport {
    private(set) var isConnected = false
    private(set) var version: String?
    private(set) var since: Arrival?
    private(set) var lastReason: String?
    private(set) var connects = 0
    /// Effective QoS per filter; -1 when refused.
    var granted: [String: Int] = [:]
    /// Commands come through; `nil` before the broker has said so.
    var isCommandGranted: Bool?

    mutating func connected(_ session: SessionInfo, _ now: Arrival) {
        isConnected = true
        version = session.version.rawValue
        since = now
        connects += 1
    }

    mutating func lost(_ reason: String, _ now: Arrival) {
        if isConnected { since = now }
        isConnected = false
        lastReason = reason
    }
}

extension Gateway {
    /// The `counters` message, schema `anchord.counters/1`, and systemd's line for people.
    func counterReport(_ now: Arrival, seconds: Double) -> (json: String, line: String) {
        let intake = pipeline.reader.counters
        rates.measure(
            messages: counters.messages, windows: counters.windows, intake: intake,
            seconds: seconds)
        var refused: [String: Int] = [:]
        var repaired: [String: Int] = [:]
        for count in intake {
            for (reason, total) in count.rejectedTotal {
                refused[reason.rawValue, default: 0] += total
            }
            for (repair, total) in count.repairedTotal {
                repaired[repair.rawValue, default: 0] += total
            }
        }
        var line = JSONLine()
        line.add("schema", "anchord.counters/1")
        line.add("at_ms", now.wall / 1_000_000)
        line.add("uptime_s", (now.elapsed - started.elapsed) / 1_000_000_000)
        line.add("messages_per_second", rates.messages)
        line.add("windows_per_second", rates.windows)
        line.add("messages_total", counters.messages)
        line.add("windows_total", counters.windows)
        line.add("alarms_total", counters.alarms)
        line.add("alarms_rung_total", counters.rings)
        line.add("alarms_last_10_min", board.recent)
        line.add("alarm_flood", board.isFlood)
        line.add("commands_total", counters.commands)
        line.add("commands_repeated_total", counters.commandsRepeated)
        line.add("commands_refused_total") { entry in
            for (reason, total) in counters.commandsRefused.sorted(by: { $0.key < $1.key }) {
                entry.add(reason, total)
            }
        }
        line.add("searches_total", counters.searches)
        line.add("health_alarms_total", counters.healthAlarms)
        line.add(
            "health_raised",
            pipeline.health.reduce(0) { sum, asset in
                asset.health.streams.reduce(sum) { $0 + $1.raised.count }
            })
        line.add("models_fitted_total", counters.fits)
        line.add("fit_waits_total", counters.fitWaits)
        line.add("verdicts_contradicted_total", counters.verdictsContradicted)
        line.add("redelivered_total", redeliveredTotal)
        line.add("quarantined_total", quarantinedTotal)
        line.add("quarantine", guardian.heldMessages)
        line.add("refused_total") { entry in
            for (reason, total) in refused.sorted(by: { $0.key < $1.key }) {
                entry.add(reason, total)
            }
        }
        line.add("repaired_total") { entry in
            for (repair, total) in repaired.sorted(by: { $0.key < $1.key }) {
                entry.add(repair, total)
            }
        }
        line.add("outbox") { entry in
            entry.add("waiting", outbox.count)
            entry.add("dropped_total", outbox.droppedTotal + counters.outboxDropped)
            entry.add("expired_total", outbox.expiredTotal)
            entry.add("unsent_total", counters.unsent)
            entry.add("refused_total", counters.publishRefused)
        }
        if settings.diagnosis.isEnabled {
            let diagnosis = diagnosisReport()
            line.add("diagnosis") { entry in
                entry.add("looks_total", diagnosis.looks)
                entry.add("looks_skipped_total", diagnosis.looksSkipped)
                entry.add("asset_look_seconds", diagnosis.assetSeconds)
                entry.add("plant_look_seconds", diagnosis.plantSeconds)
                entry.add("bytes", diagnosis.bytes)
                entry.add("corrections_total", counters.corrections)
                entry.add("findings") { kinds in
                    for (kind, count) in diagnosis.byKind { kinds.add(kind, count) }
                }
            }
        }
        line.add("journal_bytes", journalBytes)
        line.add("written_bytes", WrittenBytes.ofThisProcess() ?? 0)
        line.add("gateway_clock_suspect", pipeline.isGatewayClockSuspect)
        line.add("broker") { entry in
            entry.add("connected", connection.isConnected)
            entry.add("connects_total", connection.connects)
            for (filter, qos) in connection.granted.sorted(by: { $0.key < $1.key }) {
                entry.add(filter, qos)
            }
        }
        line.add("assets") { assets in
            for report in pipeline.assetReports() {
                assets.add(report.asset.text) { entry in
                    entry.add("windows_total", report.windows)
                    entry.add("held_windows", report.held)
                    entry.add("activity", report.activity.rawValue)
                    entry.add("idle_windows_total", report.idleWindows)
                    entry.add("starting_windows_total", report.startingWindows)
                    entry.add("clock_stepped_back", report.isClockSteppedBack)
                    entry.add("streams") { streams in
                        for stream in report.streams {
                            streams.add(stream.name.text) {
                                stream.add(to: &$0)
                                $0.add("health", list: stream.health.map(\.kind.rawValue))
                                $0.add("messages_per_second", rates[report.asset, stream.name])
                            }
                        }
                    }
                }
            }
        }
        line.close()
        let raised = latest.values.count { $0.alarm.isRaised }
        let broker = connection.isConnected ? "broker connected" : "broker away"
        return (
            line.text,
            "\(pipeline.assets.count) assets, \(Int((rates.messages ?? 0).rounded())) messages/s, "
                + "\(raised) alarms raised, \(broker)"
        )
    }
}

/// One asset as status and counters show it.
struct AssetReport: Sendable {
    var asset: AssetName
    var windows: Int
    var held: Int
    var activity: Activity
    var idleWindows: Int64
    var startingWindows: Int64
    var model: String?
    /// The trained model behind it; `nil`: the linear alignment.
    var network: String?
    /// `nil` while warming up.
    var calibration: Verdict.CalibrationNote?
    /// Windows of the warm-up done and needed; `nil` once a model is in service.
    var warmUp: (done: Int, needed: Int)?
    var aligned: [StreamName]
    var agreements: [StreamName: PermutationTest]
    var idle: [StreamName]
    var isClockSteppedBack: Bool
    var streams: [Stream]

    struct Stream: Sendable {
        var name: StreamName
        var kind: String
        var dimension: Int?
        var accepted: Int
        var received: QoSCount
        var refused: [String: Int]
        var late: Int
        var future: Int
        var overflow: Int
        var newestMs: Int64?
        var clockOffsetMs: Int64?
        var templates: Int
        /// Raised data-health alarms.
        var health: [(kind: HealthKind, flag: HealthFlag)]

        func add(to entry: inout JSONLine) {
            entry.add("kind", kind)
            if let dimension { entry.add("dimension", dimension) }
            entry.add("accepted_total", accepted)
            if let newest = received.newest { entry.add("qos", newest.rawValue) }
            entry.add("qos_0_total", received.atMostOnce)
            entry.add("refused_total") { reasons in
                for (reason, total) in refused.sorted(by: { $0.key < $1.key }) {
                    reasons.add(reason, total)
                }
            }
            entry.add("late_total", late)
            entry.add("future_total", future)
            entry.add("overflow_total", overflow)
            entry.add("newest_ms", newestMs.map { Double($0) }, digits: 15)
            entry.add("clock_offset_ms", clockOffsetMs.map { Double($0) }, digits: 15)
            if templates > 0 { entry.add("templates", templates) }
        }
    }
}

extension Pipeline {
    /// Content hashes of the models in service, in order of asset.
    var modelIDs: [(asset: AssetName, model: String)] {
        lines.compactMap { line in line.detector.service.map { (line.asset, $0.modelID) } }
            .sorted { $0.0 < $1.0 }
    }

    /// An asset's alarm by now; `nil` when the asset is unknown.
    func alarm(of asset: AssetName) -> Alarm? {
        lines.first { $0.asset == asset }?.detector.state.alarm
    }

    /// What is known of each asset that has had windows, as long as no new one has come.
    var standings: [Verdict] {
        lines.compactMap { line in
            let settings = line.settings.windowing
            return line.assembler.state.lastClosed.map { last in
                let start = EventTime(nanoseconds: last * settings.effectiveHop.nanoseconds)
                return line.detector.standing(
                    at: start + settings.length, length: settings.length)
            }
        }
    }

    /// An asset's streams by now.
    func streams(of asset: AssetName) -> [StreamName] {
        lines.first { $0.asset == asset }?.assembler.state.streams.map(\.name) ?? []
    }

    /// Content hashes of all models that judge, in the shadow too.
    var modelsInUse: Set<String> {
        Set(
            lines.flatMap { line in
                [line.detector.service?.modelID, line.shadow?.detector.service?.modelID]
                    .compactMap(\.self)
            })
    }

    /// Every stream of every asset disagrees with the gateway's clock.
    var isGatewayClockSuspect: Bool {
        !lines.isEmpty && lines.allSatisfy(\.assembler.isGatewayClockSuspect)
    }

    /// Streams of a known asset that have not given one message that could be read.
    private func strangers(
        among counts: [IntakeCount], known: [StreamDescription]
    ) -> [AssetReport.Stream] {
        counts.compactMap { count in
            guard let name = count.stream, !known.contains(where: { $0.name == name }) else {
                return nil
            }
            return AssetReport.Stream(
                name: name, kind: "unknown", accepted: 0, received: QoSCount(),
                refused: Dictionary(
                    uniqueKeysWithValues: count.rejectedTotal.map { ($0.key.rawValue, $0.value) }),
                late: 0, future: 0, overflow: 0, templates: 0, health: [])
        }
    }

    /// All assets, sorted by name.
    func assetReports() -> [AssetReport] {
        let counts = Dictionary(grouping: reader.counters) { $0.asset }
        return lines.sorted { $0.asset < $1.asset }.map { line in
            let own = counts[line.asset] ?? []
            let state = line.assembler.state
            let streams =
                reader.streams(of: line.asset).map { known -> AssetReport.Stream in
                    let count = own.first { $0.stream == known.name }
                    let clock = state[known.name]
                    return AssetReport.Stream(
                        name: known.name, kind: known.kind?.rawValue ?? "unknown",
                        dimension: known.dimension, accepted: count?.acceptedTotal ?? 0,
                        received: count?.received ?? QoSCount(),
                        refused: Dictionary(
                            uniqueKeysWithValues: (count?.rejectedTotal ?? [:]).map {
                                ($0.key.rawValue, $0.value)
                            }),
                        late: clock?.late ?? 0, future: clock?.future ?? 0,
                        overflow: clock?.overflow ?? 0, newestMs: clock?.newestTime?.milliseconds,
                        clockOffsetMs: line.assembler.clockOffset(of: known.name)?.minimum.map {
                            $0.nanoseconds / 1_000_000
                        }, templates: known.templatesTotal,
                        health: line.health[known.name].map { health in
                            health.raised.map { ($0, health[$0]) }
                        } ?? [])
                } + strangers(among: own, known: reader.streams(of: line.asset))
            let service = line.detector.service
            return AssetReport(
                asset: line.asset, windows: Int(line.progress.windows), held: line.held.count,
                activity: line.activity.activity,
                idleWindows: line.activity.state.idleWindows,
                startingWindows: line.activity.state.startingWindows,
                model: service?.modelID, network: service?.model.networkID,
                calibration: line.detector.calibrationNote,
                warmUp: service == nil
                    ? (Int(line.progress.offered), Int(line.progress.fitAt)) : nil,
                aligned: service?.model.alignedStreams ?? [],
                agreements: service?.model.agreements ?? [:],
                idle: line.assembler.idleStreams,
                isClockSteppedBack: line.assembler.isClockSteppedBack, streams: streams)
        }
    }
}
