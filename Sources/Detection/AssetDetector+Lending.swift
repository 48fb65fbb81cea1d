import Fusion

// Models come into service, and calibrations are lent and borrowed.
extension AssetDetector {
    /// Puts a model and its calibration into service; the rolling anchor moves into its space.
    ///
    /// What was gained in operation under the former model cannot be scored anew, for those windows are
    /// gone. Its combined statistics are borrowed as those of `loans` are: where they look like the new
    /// model's own.
    ///
    /// - Parameters:
    ///   - service: from now on.
    ///   - shadow: of a detector that has judged with it already, and knows rolling anchor and growth
    ///     better.
    ///   - loans: of assets of the group.
    package mutating func adopt(_ service: Service, from shadow: State? = nil, loans: [Loan] = []) {
        let former = budget.kind.map {
            state.growth.loan(from: asset, kind: $0, factor: budget.dependence.seriesFactor)
        }
        self.service = service
        state.rolling = shadow?.rolling ?? service.calibration.rollingAnchor
        state.growth = shadow?.growth ?? state.growth.next
        state.sustained = SustainedEvidence()
        masks = MaskCache(countMax: settings.masksMax)
        setLevels()
        guard let mask = wholeMask else { return }
        let suitable = (loans + [former].compactMap(\.self)).filter {
            $0.count > 0 && $0.suits(mask, factor: budget.dependence.foldFactor)
        }
        state.growth.borrow(suitable, at: service.calibration.until)
        state.growth.repay(
            fold: budget.windows, at: service.calibration.until, keep: settings.calibrationKeep)
    }

    /// What this asset lends to one whose calibration has `partsMax` windows for each statistic; `nil`
    /// when it has no calibration. `ready`: a first model that is about to come into service.
    package mutating func loan(partsMax: Int, ready: Service? = nil) -> Loan? {
        guard let service = service ?? ready else { return nil }
        let whole: MaskCalibration?
        if service.calibration.parts.count <= partsMax + partsMax / 2, self.service != nil {
            whole = wholeMask
        } else {
            whole = MaskCalibration(
                service.calibration, present: Set(service.model.encoders.keys),
                model: service.model, settings: settings, partsMax: partsMax)
        }
        return whole.map { Loan(from: asset, $0, hop: hop) }
    }

    /// Of the windows in which all senses are present.
    var wholeMask: MaskCalibration? {
        mutating get {
            service.flatMap {
                masks.calibration(for: Set($0.model.encoders.keys), in: $0, settings: settings)
            }
        }
    }
}
