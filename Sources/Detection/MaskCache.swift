import Signals

/// Calibrations by set of present senses, the least recently used one let go at the limit. Building
/// one again gives the same numbers, so what is in the cache never shows in a score.
struct MaskCache: Sendable {
    private let countMax: Int
    private var built: [Set<StreamName>: (mask: MaskCalibration?, used: Int)] = [:]
    private var clock = 0

    init(countMax: Int) {
        self.countMax = countMax
    }

    mutating func calibration(
        for present: Set<StreamName>, in service: AssetDetector.Service,
        settings: DetectionSettings
    ) -> MaskCalibration? {
        clock += 1
        if let found = built[present] {
            built[present]!.used = clock
            return found.mask
        }
        if built.count >= countMax, let oldest = built.min(by: { $0.value.used < $1.value.used }) {
            built[oldest.key] = nil
        }
        let mask = MaskCalibration(
            service.calibration, present: present, model: service.model, settings: settings)
        built[present] = (mask, clock)
        return mask
    }
}
