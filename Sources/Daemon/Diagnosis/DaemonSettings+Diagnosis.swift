package import Diagnosis
import Windowing

extension DaemonSettings {
    /// What a diagnosis of this daemon's windows is set to.
    package var diagnosisOfWindows: DiagnosisSettings {
        var settings = DiagnosisSettings()
        settings.hop = windowing.effectiveHop
        settings.lagMax = max(settings.hop, min(diagnosis.lagMax, settings.hop * 64))
        settings.level = diagnosis.level
        return settings
    }
}
