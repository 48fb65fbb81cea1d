package import Detection
package import Signals

/// The retained last word about an asset's alarm: schema `anchord.alarm/1`.
package enum AlarmPayload {
    /// `since` is the end of the window in which the alarm took this state, also when the same state
    /// is said again after a restart. `step` is what made it be said; `firstOut` the alarm that began
    /// the group this one belongs to; `seenBefore` what it looked like before, once that was looked up.
    package static func json(
        _ verdict: Verdict, step: AlarmStep? = nil,
        firstOut: (asset: AssetName, at: EventTime)? = nil, seenBefore: [SeenBefore] = [],
        settings: String
    ) -> String {
        var line = JSONLine()
        line.add("schema", "anchord.alarm/1")
        line.add("asset", verdict.asset.text)
        line.add("state", verdict.alarm.isRaised ? "raised" : "normal")
        line.add("raised", verdict.alarm.isRaised)
        line.add("since_ms", (verdict.alarmSince ?? verdict.end).milliseconds)
        line.add("window_start_ms", verdict.start.milliseconds)
        line.add("score", verdict.score)
        line.add("threshold", verdict.threshold, digits: 4)
        line.add("quality", verdict.quality.rawValue)
        line.add("blame", verdict.blame?.text)
        line.add("reason", verdict.reason)
        line.add("certified", verdict.calibration.isCertified)
        line.add("model", verdict.model)
        line.add("settings", settings)
        let note = verdict.alarmNote
        line.add("life", note.life.rawValue)
        line.add("unacknowledged", note.life.isUnacknowledged)
        line.add("suppressed_by", note.suppression?.rawValue)
        line.add(
            "shelved_until_ms", note.shelvedUntil.map { Double($0.milliseconds) }, digits: 15)
        if let first = note.first {
            line.add("first") { entry in
                entry.add("at_ms", first.at.milliseconds)
                entry.add("part", first.part.isEmpty ? nil : first.part)
                entry.add("sense", first.sense.isEmpty ? nil : first.sense)
            }
        }
        if let firstOut {
            line.add("first_out") { entry in
                entry.add("asset", firstOut.asset.text)
                entry.add("at_ms", firstOut.at.milliseconds)
            }
        }
        if !seenBefore.isEmpty {
            line.add("seen_before", each: seenBefore) { seen, entry in
                entry.add("sense", seen.sense)
                entry.add("asset", seen.asset)
                entry.add("window_start_ms", seen.windowStartMs)
                entry.add("similarity", seen.similarity, digits: 4)
                entry.add("alarm", seen.isAlarm)
                entry.add("label", seen.label)
            }
        }
        if let step {
            line.add("change", step.kind.rawValue)
            line.add("rings", step.rings)
            line.add("who", step.who)
            line.add("why", step.why)
        }
        line.add("ne107", verdict.health.rawValue)
        line.add("status_code", verdict.health.statusCode)
        line.close()
        return line.text
    }
}

/// The retained birth, the last will and the farewell: schema `anchord.status/1`.
package enum StatusPayload {
    package static func json(
        isOnline: Bool, version: String, sinceMs: Int64, settings: String, why: String,
        models: [(asset: String, model: String)],
        corrections: [(asset: String, stream: String, seconds: Double)]
    ) -> String {
        var line = JSONLine()
        line.add("schema", "anchord.status/1")
        line.add("online", isOnline)
        line.add("why", why)
        line.add("version", version)
        line.add("since_ms", sinceMs)
        line.add("settings", settings)
        line.add("models") { entry in
            for (asset, model) in models { entry.add(asset, model) }
        }
        line.add("corrections", each: corrections) { correction, entry in
            entry.add("asset", correction.asset)
            entry.add("stream", correction.stream)
            entry.add("seconds", correction.seconds)
        }
        line.close()
        return line.text
    }
}
