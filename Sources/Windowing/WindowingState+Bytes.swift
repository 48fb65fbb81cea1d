package import Signals

// The stored form. Bytes, because the states of all assets are written in one go, between two
// messages: a text of each takes a hundred times as long.

extension WindowingState {
    package func write(to writer: inout ByteWriter) {
        writer.write(asset.text)
        writer.write(UInt32(streams.count))
        for stream in streams { stream.write(to: &writer) }
        for count in [gapWindowsSkipped, windowsClosed, emptyRun, lateSinceClose] {
            writer.write(Int64(count))
        }
        for flag in [hasClosed, isClockSettled, isSilenceReported, isBacklogged] {
            writer.write(flag)
        }
        for time in [
            watermark, nextWindow, incompleteThrough, newest, firstTime, acceptedAt,
            steppedBackFrom,
        ] { writer.write(time) }
        for time in [startedAt, now, silenceFrom, steppedBackUntil] { writer.write(time) }
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        self.init(asset: AssetName(try reader.readString()))
        for _ in 0..<(try reader.readCount(elementBytes: 40)) {
            streams.append(try StreamState(from: &reader))
        }
        gapWindowsSkipped = Int(try reader.read(Int64.self))
        windowsClosed = Int(try reader.read(Int64.self))
        emptyRun = Int(try reader.read(Int64.self))
        lateSinceClose = Int(try reader.read(Int64.self))
        hasClosed = try reader.readBool()
        isClockSettled = try reader.readBool()
        isSilenceReported = try reader.readBool()
        isBacklogged = try reader.readBool()
        watermark = try reader.readOptional()
        nextWindow = try reader.readOptional()
        incompleteThrough = try reader.readOptional()
        newest = try reader.readOptional()
        firstTime = try reader.readOptional()
        acceptedAt = try reader.readOptional()
        steppedBackFrom = try reader.readOptional()
        startedAt = try reader.read(Int64.self)
        now = try reader.read(Int64.self)
        silenceFrom = try reader.read(Int64.self)
        steppedBackUntil = try reader.read(Int64.self)
    }
}

extension StreamState {
    func write(to writer: inout ByteWriter) {
        writer.write(name.text)
        writer.write(kind == .log)
        writer.write(cadence == .sporadic)
        for count in [late, future, overflow, outside] { writer.write(Int64(count)) }
        writer.write(lastLate?.nanoseconds)
        writer.write(lastLateBy.nanoseconds)
        writer.write(lookback)
        writer.write(hold)
        for time in [newest, oldest, heardAt, acceptedAt, past] { writer.write(time) }
        writer.write(aside != nil)
        aside?.write(to: &writer)
        writer.write(UInt32(refusedAhead.count))
        for refused in refusedAhead { refused.write(to: &writer) }
        writer.write(held != nil)
        if let held { writer.write(held) }
        writer.write(behind)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        let name = StreamName(try reader.readString())
        let kind: StreamKind = try reader.readBool() ? .log : .vector
        let cadence: Cadence = try reader.readBool() ? .sporadic : .regular
        self.init(name: name, kind: kind, cadence: cadence, lookback: 0, hold: 0)
        late = Int(try reader.read(Int64.self))
        future = Int(try reader.read(Int64.self))
        overflow = Int(try reader.read(Int64.self))
        outside = Int(try reader.read(Int64.self))
        lastLate = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        lastLateBy = .nanoseconds(try reader.read(Int64.self))
        lookback = try reader.read(Int64.self)
        hold = try reader.read(Int64.self)
        newest = try reader.readOptional()
        oldest = try reader.readOptional()
        heardAt = try reader.readOptional()
        acceptedAt = try reader.readOptional()
        past = try reader.readOptional()
        if try reader.readBool() { aside = try Aside(from: &reader) }
        for _ in 0..<(try reader.readCount(elementBytes: 26)) {
            refusedAhead.append(try Aside(from: &reader))
        }
        if try reader.readBool() { held = try reader.readFloats() }
        behind = try reader.read(Int64.self)
    }
}

extension StreamState.Aside {
    func write(to writer: inout ByteWriter) {
        for time in [time, arrival.wall, arrival.elapsed] { writer.write(time) }
        writer.write(isAhead)
        writer.write(isLetGo)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        let time = try reader.read(Int64.self)
        let wall = try reader.read(Int64.self)
        let elapsed = try reader.read(Int64.self)
        self.init(
            time: time, arrival: Arrival(wall: wall, elapsed: elapsed),
            isAhead: try reader.readBool(), isLetGo: try reader.readBool())
    }
}
