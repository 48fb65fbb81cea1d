package import Signals

/// Watches the data of one asset's streams, and says when they are in doubt: alarms of their own,
/// which never raise the asset's alarm by themselves.
///
/// In: every message, taken or refused, and the ticks of arrival time. Out: what was raised and
/// cleared, at ticks alone. A value; it survives restarts.
package struct AssetHealth: Equatable, Sendable {
    /// May change over a restart, and counts from then on.
    package var settings: HealthSettings
    /// In order of first hearing; as many as the assembler has.
    package private(set) var streams: [StreamHealth] = []
    /// Since when the broker has had a backlog for us, or been away, by arrival.
    private var backlogSince: Int64?
    /// Silence is not counted from before this.
    private var silenceFrom = Int64.min

    /// A shorter backlog is that of a busy plant, and hides no silence; nor does it make one.
    private static let backlogMin: Int64 = 5_000_000_000

    package init(settings: HealthSettings) {
        self.settings = settings
    }

    package subscript(stream: StreamName) -> StreamHealth? {
        streams.first { $0.stream == stream }
    }

    /// A message became a sample.
    ///
    /// - Parameters:
    ///   - sample: The sample.
    ///   - windowing: The asset's clocks, which know its streams.
    ///   - isResting: The machine stands still, as far as anyone knows.
    ///   - releasedAt: Arrival by now, when the sample had to wait.
    package mutating func accept(
        _ sample: Sample, windowing: WindowingState, isResting: Bool, releasedAt: Int64? = nil
    ) {
        let isRegular = windowing.isRegular(sample.stream)
        let elapsed = releasedAt ?? sample.arrival.elapsed
        let index = index(of: sample.stream, isRegular: isRegular, at: elapsed)
        streams[index].accept(
            sample, isRegular: isRegular, isResting: isResting, at: elapsed)
    }

    /// A message of a stream that was heard before was refused.
    package mutating func refuse(
        _ stream: StreamName, _ refusal: RecentTraffic.Refusal, at elapsed: Int64
    ) {
        guard let index = streams.firstIndex(where: { $0.stream == stream }) else { return }
        streams[index].refuse(refusal, at: elapsed)
    }

    /// The connection came, or came back: silence counts anew.
    package mutating func resumed(_ now: Arrival) {
        silenceFrom = now.elapsed
        for index in streams.indices { streams[index].forgetOffsets() }
    }

    /// Arrival time passes. `hasEffect`: what is to come depends on this tick.
    ///
    /// While the broker has a backlog for us, or is away, nothing is judged.
    package mutating func tick(
        _ now: Arrival, isDrained: Bool
    ) -> (changes: [HealthChange], hasEffect: Bool) {
        guard isDrained else {
            defer { backlogSince = backlogSince ?? now.elapsed }
            return ([], backlogSince == nil)
        }
        var hasEffect = false
        if let since = backlogSince {
            hasEffect = true
            backlogSince = nil
            if now.elapsed - since >= Self.backlogMin { resumed(now) }
        }
        var changes: [HealthChange] = []
        for index in streams.indices {
            let isChanged = streams[index].judge(
                at: now, silenceFrom: silenceFrom, settings: settings, into: &changes)
            hasEffect = hasEffect || isChanged
        }
        return (changes, hasEffect)
    }

    private mutating func index(
        of stream: StreamName, isRegular: Bool, at elapsed: Int64
    ) -> Int {
        for known in streams.indices where streams[known].stream == stream { return known }
        streams.append(StreamHealth(stream, isRegular: isRegular, at: elapsed))
        return streams.count - 1
    }
}

extension AssetHealth {
    package func write(to writer: inout ByteWriter) {
        writer.write(backlogSince)
        writer.write(silenceFrom)
        writer.write(UInt32(streams.count))
        for stream in streams { stream.write(to: &writer) }
    }

    /// - Throws: `ByteReader.Truncated` for what `write` has not written.
    package init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        self.init(settings: HealthSettings())
        backlogSince = try reader.readOptional()
        silenceFrom = try reader.read(Int64.self)
        for _ in 0..<(try reader.readCount(elementBytes: 60)) {
            streams.append(try StreamHealth(from: &reader))
        }
    }
}
