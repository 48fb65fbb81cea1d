package import Detection
import Signals

/// The retained last word about an asset's alarm: schema `anchord.alarm/1`.
package enum AlarmPayload {
    /// `since` is the end of the window in which the alarm took this state, also when the same state
    /// is said again after a restart.
    package static func json(_ verdict: Verdict, settings: String) -> String {
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
        line.close()
        return line.text
    }
}

/// The retained birth, the last will and the farewell: schema `anchord.status/1`.
package enum StatusPayload {
    package static func json(
        isOnline: Bool, version: String, sinceMs: Int64, settings: String, why: String,
        models: [(asset: String, model: String)]
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
        line.close()
        return line.text
    }
}
