import Foundation  // `pow`.
import Signals

/// What the false-alarm budget means for one asset: the levels that raise its alarm, and how many
/// calibration windows it takes to vouch for them.
///
/// A budget allows a share p of the windows to begin a false alarm. No calibration of fewer than 1/p
/// independent windows can show a share so small: with fewer, the levels follow from the same rules by
/// extrapolation, and are called provisional. 1/p windows are those of one budget's period: an asset
/// allowed one false alarm per week is certified once a week's worth of calm windows bears it out.
package struct BudgetLevels: Sendable {
    /// The score that raises.
    package let threshold: Double
    /// S that raises (`SustainedEvidence`).
    package let sustainedLevel: Double
    /// 1/p.
    package let needed: Double
    /// Of the windows in which all senses are present.
    package let dependence: EffectiveCount
    /// Those that calibrate the combination with all senses present.
    package let windows: Int
    /// Of what they combine; `nil` while there is no calibration.
    let kind: UInt64?

    /// `mask`: of all senses; `nil` while there is none.
    package init(_ alarms: AlarmSettings, hop: Duration, assets: Int, mask: MaskCalibration?) {
        let share = alarms.alarmShare(hop: hop, assets: assets)
        threshold =
            AlarmThreshold(
                runs: mask?.runs(of: alarms.onDelayWindows, hop: hop) ?? [],
                onDelay: alarms.onDelayWindows, share: share * (1 - alarms.sustainedShare)
            ).value
        sustainedLevel = SustainedEvidence.level(share: share * alarms.sustainedShare)
        needed = 1 / share
        dependence = mask?.effectiveCount(hop: hop) ?? .independent
        windows = mask?.windows ?? 0
        kind = mask?.kind
    }

    /// The score that the alarm sees: at the threshold when sustained evidence has reached its level,
    /// and below it in proportion, so that what holds the alarm up also lets it down.
    package func effectiveScore(sustained: Verdict.Sustained?) -> (Double) -> Double {
        { score in
            guard let sustained else { return score }
            return max(score, threshold * min(1, sustained.value / sustained.level))
        }
    }

    /// - Parameters:
    ///   - windows: of the calibration altogether, to be shown.
    ///   - ranked: those of the fold that calibrates the combination.
    ///   - grown: calm windows since.
    ///   - pooled: borrowed ones, which vouch for nothing.
    ///   - age: of the fold.
    /// - Returns: what verdicts and status say of it.
    package func note(
        windows: Int, ranked: Int, grown: Int, pooled: Int = 0, age: Duration
    ) -> Verdict.CalibrationNote {
        let effective =
            Double(ranked) / dependence.foldFactor + Double(grown) / dependence.seriesFactor
        let missing = max(0, needed - effective) * dependence.seriesFactor
        return Verdict.CalibrationNote(
            windows: windows, effective: Int(effective), missing: Int(missing.rounded(.up)),
            pooled: pooled, age: age)
    }
}
