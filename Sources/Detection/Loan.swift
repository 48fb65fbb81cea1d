package import Signals

/// What one asset lends another of its group while that one's calibration is small: the combined
/// statistics of its own held-back windows, all senses present.
///
/// A combined statistic is made of ranks among the lender's own windows, so it has no unit, and two
/// machines of a kind have it alike though their numbers differ. How far its tail reaches depends on how
/// many windows it was ranked among, so the lender ranks among as many as the borrower has
/// (`MaskCalibration`, `partsMax`).
package struct Loan: Equatable, Sendable {
    package let from: AssetName
    /// Of the statistics that were combined: others make another statistic.
    let kind: UInt64
    let sketch: ScoreSketch
    /// What one independent window takes, in windows.
    let factor: Double

    /// Windows.
    package var count: Int { sketch.count }

    init(from asset: AssetName, kind: UInt64, sketch: ScoreSketch, factor: Double) {
        from = asset
        self.kind = kind
        self.sketch = sketch
        self.factor = factor
    }

    /// Of a calibration of all senses.
    package init(from asset: AssetName, _ mask: MaskCalibration, hop: Duration) {
        var sketch = ScoreSketch()
        for value in mask.combined.sorted { sketch.insert(Double(value)) }
        self.init(
            from: asset, kind: mask.kind, sketch: sketch,
            factor: mask.effectiveCount(hop: hop).foldFactor)
    }

    /// Whether its windows may be ranked with those of `mask`: of the same statistics, and not told from
    /// them by a test. Evidence against it, not for it: what is borrowed certifies nothing.
    func suits(_ mask: MaskCalibration, factor: Double) -> Bool {
        kind == mask.kind
            && TwoSampleTest.pValue(
                mask.combined.sorted, sketch, factors: (factor, self.factor))
                >= TwoSampleTest.refusedBelow
    }
}

extension MaskCalibration {
    /// The same for calibrations whose combined statistics mean the same.
    var kind: UInt64 {
        var fingerprint = Fingerprint()
        for ((key, _), voice) in zip(samples, voices) where voice.weight > 0 {
            fingerprint.add("\(key.measure.rawValue) \(key.stream?.text ?? "");".utf8)
        }
        return fingerprint.value
    }
}

extension Loan {
    package func write(to writer: inout ByteWriter) {
        writer.write(from.text)
        writer.write(kind)
        writer.write(factor)
        sketch.write(to: &writer)
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        from = AssetName(try reader.readString())
        kind = try reader.read(UInt64.self)
        factor = Double(bitPattern: try reader.read(UInt64.self))
        sketch = try ScoreSketch(from: &reader)
    }
}
