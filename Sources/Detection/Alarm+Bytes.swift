import Signals

// What of an alarm survives a restart: everything but steps that were not taken, of which there are
// none between two windows.
extension Alarm {
    func write(to writer: inout ByteWriter) {
        writer.write(state.rawValue)
        writer.write(Int64(streak))
        writer.write(Int64(badStreak))
        writer.write(stepsTotal)
        writer.write(handling.isOwed)
        writer.write(handling.isUntold)
        writer.write(handling.isOutOfService)
        writer.write(handling.shelvedUntil?.nanoseconds)
        writer.write(handling.suppression?.rawValue ?? "")
        writer.write(first?.at.nanoseconds)
        writer.write(first?.part ?? "")
        writer.write(first?.sense ?? "")
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        state = AlarmState(rawValue: try reader.readString()) ?? .normal
        streak = Int(try reader.read(Int64.self))
        badStreak = Int(try reader.read(Int64.self))
        stepsTotal = try reader.read(Int64.self)
        handling.isOwed = try reader.readBool()
        handling.isUntold = try reader.readBool()
        handling.isOutOfService = try reader.readBool()
        handling.shelvedUntil = try reader.readOptional().map { EventTime(nanoseconds: $0) }
        handling.suppression = Suppression(rawValue: try reader.readString())
        let at = try reader.readOptional()
        let part = try reader.readString()
        let sense = try reader.readString()
        first = at.map { AlarmOnset(at: EventTime(nanoseconds: $0), part: part, sense: sense) }
    }
}
