import Foundation
import Signals

// What was measured, put into words.

extension WiringCheck {
    var findings: [Finding] {
        var findings: [Finding] = []
        for found in misplaced {
            // Said once of the two.
            if found.isSwapped, found.home < found.asset { continue }
            let times =
                found.own > 0 ? "\(decimals(found.there / found.own, 1)) times" : "far more than"
            let evidence =
                "It agrees with the other senses of \(found.home) \(times) what it does with those of "
                + "\(found.asset) (\(decimals(found.there, 2)) against \(decimals(found.own, 2)); "
                + "p = \(power(found.pValue)))."
            findings.append(
                Finding(
                    kind: found.isSwapped ? .swapped : .misplaced, severity: .wrong,
                    asset: found.asset.text, stream: found.stream.text, other: found.home.text,
                    headline: found.isSwapped
                        ? "\(found.stream) of \(found.asset) and of \(found.home) are swapped."
                        : "\(found.stream) of \(found.asset) shows \(found.home).",
                    evidence: evidence, confidence: 1 - found.pValue,
                    advice: found.isSwapped
                        ? "Exchange the two topics or cables, then have both assets learn anew."
                        : "Look where this stream comes from, attach the right one, then have "
                            + "\(found.asset) learn anew.",
                    size: found.there))
        }
        for copy in copies {
            let asset = copy.falsified ?? copy.asset
            let other = asset == copy.asset ? copy.other : copy.asset
            let late =
                copy.hops == 0 ? "" : ", \(abs(copy.hops)) windows apart"
            findings.append(
                Finding(
                    kind: .copy, severity: .wrong, asset: asset.text, stream: copy.stream.text,
                    other: other.text,
                    headline: copy.falsified == nil
                        ? "\(copy.stream) of \(asset) and of \(other) are the same data."
                        : "\(copy.stream) of \(asset) is a copy of that of \(other).",
                    evidence:
                        "Their windows differ by \(power(copy.distance)) of what moves in them\(late); "
                        + "unrelated streams differ by 1.",
                    confidence: 1 - copy.distance,
                    advice: "One of the two is published twice: look at what feeds \(asset).",
                    size: 1 - copy.distance))
        }
        // A copy says more than that the stream is astray.
        let copied = Set(
            findings.filter { $0.kind == .copy }.map { "\($0.asset)/\($0.stream ?? "")" })
        return findings.filter {
            $0.kind != .misplaced || !copied.contains("\($0.asset)/\($0.stream ?? "")")
        }
    }
}

extension AssetDiagnosis {
    /// Hops out of step, two deviations off, that are worth a word. A log that reports a change when its
    /// turn comes is up to a hop late by nature, and a window is no sharper than that.
    static let lagMin = 1.0
    /// Share of windows that look falsely paired, from which on it is said.
    static let pairingMin = 0.1

    func findings(hop: Duration) -> [Finding] {
        lagFindings(hop) + pairingFindings(hop) + driftFindings + blindFindings
    }

    private func lagFindings(_ hop: Duration) -> [Finding] {
        let late = offsets.offsets.filter { abs($0.hops) - 2 * $0.deviation >= Self.lagMin }
        return late.map { offset in
            let seconds = offset.hops * hop.seconds
            let side = seconds > 0 ? "behind" : "ahead of"
            let others = offsets.offsets.map(\.stream).filter { $0 != offset.stream }
            let pairs = lags.filter { $0.from == offset.stream || $0.to == offset.stream }
                .filter(\.isTold)
            let words = pairs.map { lag in
                let other = lag.from == offset.stream ? lag.to : lag.from
                return "with \(other) \(decimals(lag.agreement, 2)) there, "
                    + "\(decimals(lag.agreementNow, 2)) as stamped"
            }
            let whole = others.map(\.text).joined(separator: " and ")
            return Finding(
                kind: .lag, severity: .wrong, asset: asset.text, stream: offset.stream.text,
                other: offsets.isMutual ? others.first?.text : nil,
                headline:
                    "\(offset.stream) of \(asset) runs \(decimals(abs(seconds), 1)) s \(side) \(whole).",
                evidence:
                    "Agreement \(words.joined(separator: "; ")); ± "
                    + "\(decimals(2 * offset.deviation * hop.seconds, 2)) s.",
                confidence: offset.confidence,
                advice: offsets.isMutual
                    ? "Of two senses nobody can say which is wrong: check both clocks and buffers."
                    : "Check its clock and its buffers; or set its stamps \(decimals(abs(seconds), 1)) "
                        + "s \(seconds > 0 ? "earlier" : "later").",
                size: seconds)
        }
    }

    private func pairingFindings(_ hop: Duration) -> [Finding] {
        guard let worst = pairings.max(by: { ($0.share, $1.stream) < ($1.share, $0.stream) }),
            worst.share - 2 * worst.shareDeviation >= Self.pairingMin
        else { return [] }
        let hours = worst.byHour(hop: hop).filter { $0.windows >= 60 }
            .sorted { ($1.share, $0.hour) < ($0.share, $1.hour) }.prefix(3)
        let when = hours.map { hour in
            "\(Self.hour(hour.hour)) \(percent(hour.share))"
        }
        let others = pairings.filter { $0.stream != worst.stream }
            .map { "\($0.stream) \(percent($0.share))" }
        return [
            Finding(
                kind: .pairing, severity: .doubtful, asset: asset.text, stream: worst.stream.text,
                other: nil,
                headline:
                    "\(percent(worst.share)) of the windows of \(worst.stream) of \(asset) do not go with the other senses.",
                evidence:
                    "Against windows shifted in time\(others.isEmpty ? "" : "; \(others.joined(separator: ", "))")"
                    + (when.isEmpty
                        ? "." : "; worst hours (UTC): \(when.joined(separator: ", "))."),
                confidence: 0.5 + worst.share / 2,
                advice:
                    "An upper bound: a sense that knows little of the others looks like this too. Look for dropped frames, mixed-up queues or a shared file in those hours; do not train on them.",
                size: worst.share)
        ]
    }

    private static func hour(_ hour: Int) -> String {
        let time = EventTime(nanoseconds: Int64(hour) * 3_600_000_000_000)
        let whole = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        return whole.ISO8601Format().prefix(13).replacing("T", with: " ") + " h"
    }

    private var driftFindings: [Finding] {
        drifts.filter(\.test.isDrifting).map { drift in
            Finding(
                kind: .drift, severity: .doubtful, asset: asset.text, stream: drift.stream.text,
                other: nil,
                headline: "\(drift.stream) of \(asset) has moved in the unified space.",
                evidence:
                    "Sliced W2 \(power(drift.test.distance)) between the first and the second half, "
                    + "where dealing them out at random gives up to \(power(drift.test.bound)); p = "
                    + "\(power(drift.test.pValue)).",
                confidence: 1 - drift.test.pValue,
                advice:
                    "A new state, a moved sensor, wear or a setting: if it is meant to be so, let the asset refit.",
                size: drift.test.distance / max(drift.test.bound, 1e-12))
        }
    }

    private var blindFindings: [Finding] {
        let byOwner = Dictionary(grouping: factors.blind) { $0.owner?.text ?? "" }
        return byOwner.sorted { $0.key < $1.key }.map { owner, blind in
            let names = blind.map(\.name)
            let best = blind.compactMap(\.bestOther?.determination).max() ?? 0
            return Finding(
                kind: .blind, severity: .note, asset: asset.text, stream: owner, other: nil,
                headline:
                    "Only \(owner) of \(asset) shows \(names.joined(separator: ", ")): expect blind spots there.",
                evidence:
                    "No other sense predicts \(names.count == 1 ? "it" : "them"): R² at most \(decimals(best, 2)).",
                confidence: 1 - best,
                advice:
                    "A fault there cannot contradict another sense; it is found by this sense alone or not at all.",
                size: Double(names.count))
        }
    }
}

/// A number as people read it.
func decimals(_ x: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", x) }
func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
/// Few digits, whatever the size.
func power(_ x: Double) -> String { String(format: "%.2g", x) }
