import Detection
import Fusion
import MQTT
import Publishing
import Signals
import Store
import Windowing

/// What the broker thread hands to the page's thread: copies, taken between two batches.
struct PageMoment: Sendable {
    var report: PageReport
    var counters: GatewayCounters
    var connects: Int
    var redelivered: Int
    /// Why the state cannot be written; `nil`: it can.
    var commitFailure: String?

    /// `nil`: it hears the broker and keeps what it hears.
    var reasonNotReady: String? {
        if let commitFailure { return "the state cannot be written: \(commitFailure)" }
        let broker = report.status.broker
        guard broker.isConnected else {
            return "the broker is away: \(broker.lastReason ?? "never reached")"
        }
        let refused = broker.granted.filter { $0.value < 0 }.keys.sorted()
        return refused.isEmpty
            ? nil : "the broker refuses the subscription to \(refused.joined(separator: ", "))"
    }
}

extension Gateway {
    /// On the broker thread.
    func pageMoment() -> PageMoment {
        let reports = pipeline.assetReports()
        let streams = reports.flatMap(\.streams)
        return PageMoment(
            report: PageReport(
                status: statusReport(of: reports), startedMs: started.wall / 1_000_000,
                drops: [
                    "outbox_full": outbox.droppedTotal + counters.outboxDropped,
                    "outbox_expired": outbox.expiredTotal,
                    "not_sent": counters.unsent,
                    "refused_by_broker": counters.publishRefused,
                    "late": streams.reduce(0) { $0 + $1.late },
                    "window_full": streams.reduce(0) { $0 + $1.overflow },
                    "quarantined": quarantinedTotal,
                ],
                assets: reports.map(pageAsset)),
            counters: counters, connects: connection.connects, redelivered: redeliveredTotal,
            commitFailure: commitFailure)
    }

    private func pageAsset(_ report: AssetReport) -> PageReport.Asset {
        let last = latest[report.asset]
        let note = report.calibration
        var parts: [String: Double?] = [:]
        for (part, value) in last?.parts ?? [:] { parts[part.rawValue] = value }
        var contributions: [String: Double] = [:]
        for (name, stream) in last?.streams ?? [:] {
            contributions[name.text] = stream.contribution
        }
        return PageReport.Asset(
            windowEndMs: last?.end.milliseconds, pValue: last?.pValue,
            extrapolated: last?.isExtrapolated ?? false, threshold: last?.threshold,
            certified: note?.isCertified ?? false, missing: note?.missing ?? 0,
            warmUpMissing: report.warmUp.map { max(0, $0.needed - $0.done) },
            sustainedValue: last?.sustained?.value, sustainedLevel: last?.sustained?.level,
            blame: last?.blame?.text, parts: parts, contributions: contributions,
            stateLabel: last?.reading?.whole.label,
            stateProbability: last?.reading?.whole.probability, regime: last?.regime,
            network: report.network,
            alarm: AlarmEntry(
                pipeline.alarm(of: report.asset) ?? Alarm(),
                of: report.asset, self),
            trail: .init(trails[report.asset]))
    }
}
