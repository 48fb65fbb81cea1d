import Signals

// What of it survives a restart: everything.
extension CalibrationGrowth {
    func write(to writer: inout ByteWriter) {
        for list in [epochs, young] {
            writer.write(UInt8(list.count))
            for epoch in list {
                writer.write(epoch.from.nanoseconds)
                epoch.sketch.write(to: &writer)
            }
        }
        borrowed.write(to: &writer)
        writer.write(borrowedAt.nanoseconds)
        writer.write(waiting.map(\.end.nanoseconds))
        writer.write(waiting.map(\.value))
        for list in [aside, tagged] {
            writer.write(UInt8(list.count))
            for stretch in list {
                writer.write(stretch.from.nanoseconds)
                writer.write(stretch.to.nanoseconds)
                stretch.sketch.write(to: &writer)
            }
        }
        writer.write(isInStretch)
        writer.write(Int64(marginLeft))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        epochs = try Self.epochs(from: &reader)
        young = try Self.epochs(from: &reader)
        borrowed = try ScoreSketch(from: &reader)
        borrowedAt = EventTime(nanoseconds: try reader.read(Int64.self))
        let ends = try reader.readIntegers(Int64.self)
        waiting = zip(ends, try reader.readDoubles()).map { end, value in
            Waiting(end: EventTime(nanoseconds: end), value: value)
        }
        aside = try Self.stretches(from: &reader)
        tagged = try Self.stretches(from: &reader)
        isInStretch = try reader.readBool()
        marginLeft = Int(try reader.read(Int64.self))
    }

    private static func epochs(
        from reader: inout ByteReader
    ) throws(ByteReader.Truncated) -> [Epoch] {
        var epochs: [Epoch] = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            let from = EventTime(nanoseconds: try reader.read(Int64.self))
            epochs.append(Epoch(from: from, sketch: try ScoreSketch(from: &reader)))
        }
        return epochs
    }

    private static func stretches(
        from reader: inout ByteReader
    ) throws(ByteReader.Truncated) -> [Stretch] {
        var stretches: [Stretch] = []
        for _ in 0..<(try reader.read(UInt8.self)) {
            let from = EventTime(nanoseconds: try reader.read(Int64.self))
            let to = EventTime(nanoseconds: try reader.read(Int64.self))
            stretches.append(
                Stretch(from: from, to: to, sketch: try ScoreSketch(from: &reader)))
        }
        return stretches
    }
}
