import Fusion
import LinearAlgebra
import Signals

/// A training between two epochs, as a value and as bytes.
package struct TrainingState {
    let reports: [EpochReport]
    let senses: [Sense]
    private let identity: [UInt8]
    private let windows: Int

    struct Sense {
        let name: String
        let mean: [Float]
        let scale: [Float]
        let parameters: [Float]
        let steps: Int
        let m: [Float]
        let v: [Float]
        let best: [Float]
    }

    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let reason: String
        package var description: String { "the stored training does not fit: \(reason)" }
    }

    private static let format: UInt32 = 0x334E_5254  // "TRN3"

    init(of run: TrainingRun, reports: [EpochReport], best: [[Float]]) {
        self.reports = reports
        identity = run.settings.identity
        windows = run.rows.count
        senses = zip(run.senses, best).map { sense, best in
            Sense(
                name: sense.name.text, mean: sense.mean, scale: sense.scale,
                parameters: sense.parameters.values, steps: sense.adam.steps,
                m: sense.adam.m.values, v: sense.adam.v.values, best: best)
        }
    }

    func restore(_ run: TrainingRun) {
        for (sense, stored) in zip(run.senses, senses) {
            (sense.mean, sense.scale) = (stored.mean, stored.scale)
            sense.parameters.copy(stored.parameters)
            sense.adam = Adam(steps: stored.steps, m: stored.m, v: stored.v)
        }
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.format)
        writer.write(identity)
        writer.write(Int64(windows))
        writer.write(UInt32(reports.count))
        for report in reports { report.write(to: &writer) }
        writer.write(UInt32(senses.count))
        for sense in senses {
            writer.write(sense.name)
            writer.write(Int64(sense.steps))
            for column in [
                sense.mean, sense.scale, sense.parameters, sense.m, sense.v, sense.best,
            ] {
                writer.write(column)
            }
        }
        return writer.bytes
    }

    /// - Throws: `Malformed` when the bytes are torn, or of other settings, windows or senses.
    init(encoded: [UInt8], of run: TrainingRun) throws(Malformed) {
        do {
            try self.init(reading: encoded, run)
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(reason: "it ends before its time")
        }
    }

    private init(reading encoded: [UInt8], _ run: TrainingRun) throws {
        var reader = ByteReader(encoded)
        func check(_ isGood: Bool, _ reason: String) throws(Malformed) {
            if !isGood { throw Malformed(reason: reason) }
        }
        try check(try reader.read(UInt32.self) == Self.format, "it does not begin with TRN3")
        identity = try reader.readIntegers(UInt8.self)
        windows = Int(try reader.read(Int64.self))
        try check(identity == run.settings.identity, "the settings are others")
        try check(windows == run.rows.count, "the windows are others")
        var reports: [EpochReport] = []
        for _ in 0..<(try reader.readCount(elementBytes: EpochReport.bytesMin)) {
            reports.append(try EpochReport(from: &reader))
        }
        var senses: [Sense] = []
        try check(try reader.read(UInt32.self) == UInt32(run.senses.count), "the senses are others")
        for expected in run.senses {
            let sense = Sense(
                name: try reader.readString(), steps: Int(try reader.read(Int64.self)),
                columns: try (0..<6).map { _ in try reader.readFloats() })
            let count = expected.parameters.count
            try check(
                sense.name == expected.name.text
                    && sense.mean.count == expected.architecture.inputWidth
                    && sense.scale.count == sense.mean.count
                    && [sense.parameters, sense.m, sense.v, sense.best].allSatisfy {
                        $0.count == count
                    }, "the senses are others")
            senses.append(sense)
        }
        try check(reader.isAtEnd, "bytes are left over")
        self.reports = reports
        self.senses = senses
    }
}

extension TrainingState.Sense {
    fileprivate init(name: String, steps: Int, columns: [[Float]]) {
        self.init(
            name: name, mean: columns[0], scale: columns[1], parameters: columns[2], steps: steps,
            m: columns[3], v: columns[4], best: columns[5])
    }
}

extension EpochReport {
    fileprivate static let bytesMin = 24

    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(UInt32(epoch))
        writer.write(loss)
        for score in [recallAt1, reciprocalRank] {
            writer.write(score != nil)
            if let score { writer.write(score) }
        }
        writer.write(isBest)
        writer.write(Int64(skippedUpdates))
        writer.write(parts != nil)
        if let parts {
            for value in [parts.own, parts.common, parts.cosine, parts.error, parts.residual] {
                writer.write(value)
            }
            writer.write(parts.heldBackError != nil)
            if let error = parts.heldBackError { writer.write(error) }
        }
    }

    fileprivate init(from reader: inout ByteReader) throws {
        self.init(
            epoch: Int(try reader.read(UInt32.self)), loss: try reader.readDouble(),
            recallAt1: try reader.readBool() ? try reader.readDouble() : nil,
            reciprocalRank: try reader.readBool() ? try reader.readDouble() : nil,
            isBest: try reader.readBool(), skippedUpdates: Int(try reader.read(Int64.self)))
        guard try reader.readBool() else { return }
        var watch = PartsWatch()
        watch.own = try reader.readDouble()
        watch.common = try reader.readDouble()
        watch.cosine = try reader.readDouble()
        watch.error = try reader.readDouble()
        watch.residual = try reader.readDouble()
        watch.heldBackError = try reader.readBool() ? try reader.readDouble() : nil
        parts = watch
    }
}
