package import Detection
import Fusion
import Signals

/// A verdict as other tools read it: schema `anchord.verdict/1`.
///
/// Names and order are a contract (README, "Contracts"); within one schema number they only grow.
package enum VerdictPayload {
    package static let schema = "anchord.verdict/1"

    /// One line of JSON without a line end; `settings` is the content hash of those in force.
    package static func json(_ verdict: Verdict, settings: String) -> String {
        var line = JSONLine()
        line.add("schema", schema)
        line.add("asset", verdict.asset.text)
        line.add("window_start_ms", verdict.start.milliseconds)
        line.add("window_end_ms", verdict.end.milliseconds)
        line.add("score", verdict.score)
        line.add("p_value", verdict.pValue)
        line.add("extrapolated", verdict.isExtrapolated)
        line.add("quality", verdict.quality.rawValue)
        line.add("state", verdict.state.rawValue)
        line.add("parts") { parts in
            for part in [Part.disagreement, .novelty, .departure, .own, .log] {
                parts.add(part.rawValue, verdict.parts[part] ?? nil, digits: 4)
            }
        }
        line.add("streams") { streams in
            for (name, stream) in verdict.streams.sorted(by: { $0.key < $1.key }) {
                streams.add(name.text) { entry in
                    entry.add("present", stream.isPresent)
                    entry.add("samples", stream.samples)
                    entry.add("agreement", stream.agreement, digits: 4)
                    entry.add("contribution", stream.contribution, digits: 3)
                    entry.add(
                        "age_ms", stream.age.map { Double($0.nanoseconds / 1_000_000) }, digits: 15)
                }
            }
        }
        line.add("blame", verdict.blame?.text)
        line.add("reason", verdict.reason)
        if let explanation = verdict.explanation { explain(explanation, in: &line) }
        line.add("alarm") { alarm in
            alarm.add("state", verdict.alarm.rawValue)
            alarm.add("raised", verdict.alarm.isRaised)
            alarm.add("threshold", verdict.threshold, digits: 4)
            alarm.add("life", verdict.alarmNote.life.rawValue)
        }
        if let sustained = verdict.sustained {
            line.add("sustained") { entry in
                entry.add("value", sustained.value, digits: 4)
                entry.add("level", sustained.level, digits: 4)
            }
        }
        line.add("calibration") { calibration in
            calibration.add("windows", verdict.calibration.windows)
            calibration.add("effective", verdict.calibration.effective)
            calibration.add("missing", verdict.calibration.missing)
            calibration.add("pooled", verdict.calibration.pooled)
            calibration.add("certified", verdict.calibration.isCertified)
            calibration.add("age_s", verdict.calibration.age.nanoseconds / 1_000_000_000)
        }
        line.add("model", verdict.model)
        if let regime = verdict.regime { line.add("regime", regime) }
        line.add("settings", settings)
        line.add("late", verdict.late)
        line.add("ne107", verdict.health.rawValue)
        line.add("status_code", verdict.health.statusCode)
        if let shadow = verdict.shadow {
            line.add("shadow") { entry in
                entry.add("model", shadow.model)
                entry.add("score", shadow.score)
                entry.add("blame", shadow.blame?.text)
            }
        }
        if let reading = verdict.reading {
            line.add("state_label", reading.whole.label)
            line.add("state_probability", reading.whole.probability, digits: 3)
            line.add("state_by_stream") { senses in
                for (name, choice) in reading.senses.sorted(by: { $0.key < $1.key }) {
                    senses.add(name.text) { entry in
                        entry.add("label", choice.label)
                        entry.add("probability", choice.probability, digits: 3)
                    }
                }
            }
        }
        line.close()
        return line.text
    }

    private static func explain(_ explanation: Explanation, in line: inout JSONLine) {
        line.add("explanation") { entry in
            entry.add("part", explanation.part.rawValue)
            entry.add("measure", explanation.measure.rawValue)
            entry.add("stream", explanation.stream?.text)
            entry.add("since_ms", explanation.since.milliseconds)
            entry.add("features", each: explanation.namedFeatures) { item, feature in
                feature.add("name", item.name)
                feature.add("index", item.index)
                feature.add("aspect", item.aspect)
                feature.add("share", item.share, digits: 3)
                feature.add("deviation", item.deviation, digits: 3)
            }
            let (unseen, unusual) = explanation.templates
            entry.add("templates_new", list: unseen)
            entry.add("templates_unusual", list: unusual)
            if let like = explanation.like {
                entry.add("like") { nearest in
                    nearest.add("window_start_ms", like.start.milliseconds)
                    nearest.add("similarity", like.similarity, digits: 3)
                }
            }
        }
    }
}
