import Detection
import Fusion
import Status
import Store

/// What a scraper is told: the same as the page, as numbers.
struct PageMetrics {
    private(set) var exposition = Exposition()

    /// More assets, and more streams, are left out, and that is said: a scraper stores a series for each.
    static let assetsMax = 1000
    static let streamsMax = 4000

    var text: String { exposition.text }

    init(_ moment: PageMoment) {
        let status = moment.report.status
        exposition.family("anchord_build_info", .gauge, "Version and settings, always 1.") {
            $0.add(1, ("version", status.version), ("settings", status.settingsHash))
        }
        exposition.add(
            "anchord_start_time_seconds", .gauge, "When it was started, since 1970.",
            Double(moment.report.startedMs) / 1000)
        addGateway(moment)
        addLosses(moment)
        addDiagnosis(moment)
        let assets = zip(status.assets, moment.report.assets).prefix(Self.assetsMax)
        addScores(Array(assets))
        addStreams(status)
        exposition.add(
            "anchord_assets", .gauge, "Assets heard so far.", Double(status.assets.count))
        exposition.add(
            "anchord_assets_left_out", .gauge, "Assets without metrics of their own: too many.",
            Double(max(0, status.assets.count - Self.assetsMax)))
    }

    private mutating func addGateway(_ moment: PageMoment) {
        let (status, counters) = (moment.report.status, moment.counters)
        exposition.add(
            "anchord_broker_connected", .gauge, "1 while the broker is there.",
            status.broker.isConnected ? 1 : 0)
        exposition.add(
            "anchord_ready", .gauge, "1 while /readyz says so.",
            moment.reasonNotReady == nil ? 1 : 0)
        exposition.add(
            "anchord_broker_connects_total", .counter, "Connections made to the broker.",
            Double(moment.connects))
        exposition.add(
            "anchord_messages_total", .counter, "Messages taken from the broker.",
            Double(counters.messages))
        exposition.add(
            "anchord_windows_total", .counter, "Verdicts given.", Double(counters.windows))
        exposition.add(
            "anchord_alarms_raised_total", .counter, "Alarms raised.", Double(counters.alarms))
        exposition.add(
            "anchord_alarms_rung_total", .counter, "Alarms that somebody was to look up for.",
            Double(counters.rings))
        exposition.add(
            "anchord_alarms_lately", .gauge, "Alarms that rang within ten minutes.",
            Double(status.alarmsLately))
        exposition.add(
            "anchord_health_alarms_raised_total", .counter, "Data-health alarms raised.",
            Double(counters.healthAlarms))
        exposition.add(
            "anchord_commands_total", .counter, "Commands of operators.",
            Double(counters.commands))
        exposition.add(
            "anchord_searches_total", .counter, "Searches among remembered windows.",
            Double(counters.searches))
        exposition.add(
            "anchord_models_fitted_total", .counter, "Models that came into service.",
            Double(counters.fits))
        exposition.add(
            "anchord_state_commits_total", .counter, "State commits.", Double(counters.commits))
        exposition.add(
            "anchord_outbox_waiting", .gauge, "Publications that wait for the broker.",
            Double(status.outboxWaiting))
        exposition.add(
            "anchord_journal_bytes", .gauge, "Inputs since the last state commit.",
            Double(status.journalBytes))
        exposition.add(
            "anchord_quarantine_messages", .gauge, "Messages that the process died of.",
            Double(status.quarantine))
        exposition.add(
            "anchord_gateway_clock_suspect", .gauge,
            "1 while every stream disagrees with the gateway's clock.",
            status.isGatewayClockSuspect ? 1 : 0)
        if let written = WrittenBytes.ofThisProcess() {
            exposition.add(
                "anchord_written_bytes_total", .counter, "Bytes handed to the disk.",
                Double(written))
        }
    }

    private mutating func addLosses(_ moment: PageMoment) {
        exposition.add(
            "anchord_messages_refused_total", .counter, "Messages that could not be read.",
            by: "reason", moment.report.status.refused)
        exposition.add(
            "anchord_drops_total", .counter, "What was given up or lost.", by: "reason",
            moment.report.drops)
        exposition.add(
            "anchord_commands_refused_total", .counter, "Commands that were not obeyed.",
            by: "reason", moment.counters.commandsRefused)
        exposition.add(
            "anchord_redelivered_total", .counter, "Messages that came twice and were taken once.",
            Double(moment.redelivered))
    }

    private mutating func addDiagnosis(_ moment: PageMoment) {
        guard let diagnosis = moment.report.status.diagnosis else { return }
        exposition.add(
            "anchord_diagnosis_findings", .gauge, "Findings of the diagnosis that stand.",
            by: "kind", Dictionary(uniqueKeysWithValues: diagnosis.byKind))
        exposition.add(
            "anchord_diagnosis_looks_total", .counter, "Looks for findings.",
            Double(diagnosis.looks))
        exposition.add(
            "anchord_diagnosis_looks_skipped_total", .counter,
            "Looks left out because the one before was not done.", Double(diagnosis.looksSkipped))
        exposition.add(
            "anchord_diagnosis_corrections_total", .counter,
            "Stamps of streams moved, or taken back.", Double(moment.counters.corrections))
        exposition.add(
            "anchord_diagnosis_bytes", .gauge, "Memory for the windows that looks see.",
            Double(diagnosis.bytes))
        exposition.family(
            "anchord_diagnosis_look_seconds", .gauge, "Processor time of the last look."
        ) { family in
            if let seconds = diagnosis.assetSeconds { family.add(seconds, ("at", "asset")) }
            if let seconds = diagnosis.plantSeconds { family.add(seconds, ("at", "plant")) }
        }
    }

    private typealias AssetPair = (status: StatusReport.Asset, page: PageReport.Asset)

    private mutating func addScores(_ assets: [AssetPair]) {
        perAsset(
            "anchord_asset_score", .gauge,
            "-log10 of the newest p-value; absent without a score.", assets
        ) { $0.status.score }
        perAsset(
            "anchord_asset_threshold", .gauge, "The score that raises the alarm.", assets
        ) { $0.page.threshold }
        perAsset(
            "anchord_asset_windows_total", .counter, "Windows that closed.", assets
        ) { Double($0.status.windows) }
        perAsset(
            "anchord_asset_window_end_seconds", .gauge,
            "Where the newest window ends, in the machine's time.", assets
        ) { $0.page.windowEndMs.map { Double($0) / 1000 } }
        perAsset(
            "anchord_asset_budget_certified", .gauge,
            "1 when the calibration is enough for the alarm budget.", assets
        ) { $0.page.certified ? 1 : 0 }
        perAsset(
            "anchord_asset_calibration_missing_windows", .gauge,
            "Calm windows still to come before the budget is certified.", assets
        ) { $0.page.warmUpMissing == nil ? Double($0.page.missing) : nil }
        perAsset(
            "anchord_alarm_raised", .gauge, "1 while the condition of the alarm stands.", assets
        ) { ["raised", "clearing"].contains($0.page.alarm.condition) ? 1 : 0 }
        exposition.family(
            "anchord_alarm_state", .gauge, "1 for the state of the alarm, by ISA-18.2."
        ) { family in
            for asset in assets {
                for life in AlarmLife.allCases {
                    family.add(
                        asset.page.alarm.life == life.rawValue ? 1 : 0,
                        ("asset", asset.status.name), ("state", life.rawValue))
                }
            }
        }
        exposition.family("anchord_asset_state", .gauge, "1 for the state of the asset.") {
            family in
            for asset in assets {
                for state in Verdict.State.allCases {
                    family.add(
                        asset.status.state == state.rawValue ? 1 : 0,
                        ("asset", asset.status.name), ("state", state.rawValue))
                }
            }
        }
    }

    private mutating func perAsset(
        _ name: String, _ kind: Exposition.Kind, _ help: String, _ assets: [AssetPair],
        _ value: (AssetPair) -> Double?
    ) {
        exposition.family(name, kind, help) { family in
            for asset in assets {
                guard let value = value(asset) else { continue }
                family.add(value, ("asset", asset.status.name))
            }
        }
    }

    private mutating func addStreams(_ status: StatusReport) {
        let streams = status.assets.flatMap { asset in asset.streams.map { (asset.name, $0) } }
            .prefix(Self.streamsMax)
        exposition.family(
            "anchord_stream_samples_total", .counter, "Messages of a stream that could be read."
        ) { family in
            for (asset, stream) in streams {
                family.add(Double(stream.accepted), ("asset", asset), ("stream", stream.name))
            }
        }
        exposition.family(
            "anchord_stream_late_total", .counter, "Samples that came after their windows."
        ) { family in
            for (asset, stream) in streams {
                family.add(Double(stream.late), ("asset", asset), ("stream", stream.name))
            }
        }
        exposition.family(
            "anchord_stream_refused_total", .counter, "Messages that could not be read."
        ) { family in
            let all =
                streams.map { ($0.0, $0.1.name, $0.1.refused) }
                + status.strangers.map { ($0.asset, $0.stream, $0.refused) }
            for (asset, stream, refused) in all {
                for (reason, total) in refused.sorted(by: { $0.key < $1.key }) {
                    family.add(
                        Double(total), ("asset", asset), ("stream", stream), ("reason", reason))
                }
            }
        }
        exposition.family(
            "anchord_stream_in_doubt", .gauge, "1 while a data-health alarm is raised."
        ) { family in
            for (asset, stream) in streams {
                for flag in stream.health {
                    family.add(
                        1, ("asset", asset), ("stream", stream.name), ("kind", flag.kind))
                }
            }
        }
    }
}
