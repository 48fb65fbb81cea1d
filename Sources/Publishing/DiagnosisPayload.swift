package import Signals

/// The retained last word of the diagnosis about one asset: schema `anchord.diagnosis/1`.
package enum DiagnosisPayload {
    package struct Finding: Equatable, Sendable {
        package var kind: String
        package var severity: String
        package var stream: String?
        /// The other asset or sense that it is about.
        package var other: String?
        package var headline: String
        package var evidence: String
        /// From 0 to 1.
        package var confidence: Double
        package var advice: String
        /// End of the window that showed it first, in the machine's time.
        package var sinceMs: Int64

        package init(
            kind: String, severity: String, stream: String?, other: String?, headline: String,
            evidence: String, confidence: Double, advice: String, sinceMs: Int64
        ) {
            self.kind = kind
            self.severity = severity
            self.stream = stream
            self.other = other
            self.headline = headline
            self.evidence = evidence
            self.confidence = confidence
            self.advice = advice
            self.sinceMs = sinceMs
        }
    }

    /// A stream whose stamps are taken earlier than they come.
    package struct Correction: Equatable, Sendable {
        package var stream: String
        /// Negative: later.
        package var seconds: Double
        package var who: String
        /// By the gateway's wall clock.
        package var sinceMs: Int64

        package init(stream: String, seconds: Double, who: String, sinceMs: Int64) {
            self.stream = stream
            self.seconds = seconds
            self.who = who
            self.sinceMs = sinceMs
        }
    }

    /// `findings`: all that stand, worst first.
    package static func json(
        asset: AssetName, findings: [Finding], corrections: [Correction], settings: String
    ) -> String {
        var line = JSONLine()
        line.add("schema", "anchord.diagnosis/1")
        line.add("asset", asset.text)
        line.add("findings", each: findings) { finding, entry in
            entry.add("kind", finding.kind)
            entry.add("severity", finding.severity)
            entry.add("stream", finding.stream)
            entry.add("other", finding.other)
            entry.add("headline", finding.headline)
            entry.add("evidence", finding.evidence)
            entry.add("confidence", finding.confidence, digits: 3)
            entry.add("advice", finding.advice)
            entry.add("since_ms", finding.sinceMs)
        }
        line.add("corrections", each: corrections) { correction, entry in
            entry.add("stream", correction.stream)
            entry.add("seconds", correction.seconds)
            entry.add("headline", headline(correction))
            entry.add("who", correction.who)
            entry.add("since_ms", correction.sinceMs)
        }
        line.add("settings", settings)
        line.close()
        return line.text
    }

    private static func headline(_ correction: Correction) -> String {
        let tenths = (abs(correction.seconds) * 10).rounded() / 10
        return "\(correction.stream) is corrected by \(tenths) s: its stamps are taken "
            + "\(correction.seconds > 0 ? "earlier" : "later")."
    }
}
