package import Signals

/// What is watched of one stream's data.
///
/// Everything is counted by arrival. A message notes facts; only `judge`, called at ticks, raises
/// and clears, so a restart that sees the same messages and ticks comes to the same.
package struct StreamHealth: Equatable, Sendable {
    private static let kinds = HealthKind.allCases

    package let stream: StreamName
    /// By kind, in the order of `kinds`.
    private var flags = kinds.map { _ in HealthFlag() }
    private var isRegular: Bool
    private var heardAt: Int64
    private var value = SteadyValue()
    private var numbers = SteadyNumbers()
    private var traffic = RecentTraffic()

    init(_ stream: StreamName, isRegular: Bool, at elapsed: Int64) {
        self.stream = stream
        self.isRegular = isRegular
        heardAt = elapsed
    }

    package subscript(kind: HealthKind) -> HealthFlag {
        flags[Self.kinds.firstIndex(of: kind)!]
    }

    /// Kinds that are raised, in their order.
    package var raised: [HealthKind] { Self.kinds.filter { self[$0].isRaised } }

    mutating func accept(_ sample: Sample, isRegular: Bool, isResting: Bool, at elapsed: Int64) {
        self.isRegular = isRegular
        heardAt = elapsed
        let offset = sample.arrival.wall.subtractingReportingOverflow(sample.time.nanoseconds)
        traffic.accept(offset: offset.partialValue, at: elapsed)
        guard case .vector(let vector) = sample.value else { return }
        value.see(vector, isResting: isResting, at: elapsed)
        numbers.see(vector, isResting: isResting, at: elapsed)
    }

    mutating func refuse(_ refusal: RecentTraffic.Refusal, at elapsed: Int64) {
        traffic.refuse(refusal, at: elapsed)
    }

    /// A backlog is drained: its delays are not those of a clock.
    mutating func forgetOffsets() { traffic.forgetOffsets() }

    /// - Parameters:
    ///   - now: Arrival by now.
    ///   - silenceFrom: Silence does not count from before: the connection was away.
    ///   - settings: Limits and delays.
    ///   - changes: What was raised and cleared is added here.
    /// - Returns: Whether any flag came closer to or further from a change.
    mutating func judge(
        at now: Arrival, silenceFrom: Int64, settings: HealthSettings,
        into changes: inout [HealthChange]
    ) -> Bool {
        let recent = traffic.recent(at: now.elapsed)
        let silence = now.elapsed - max(heardAt, silenceFrom)
        var hasEffect = false
        for k in Self.kinds.indices {
            let kind = Self.kinds[k]
            let (holds, on, off) = finding(of: kind, silence: silence, recent, settings)
            // Twenty times a second for every stream: most of it ends here.
            if holds ?? flags[k].isRaised == flags[k].isRaised, !flags[k].isTurning { continue }
            var flag = flags[k]
            let isChanged = flag.observe(
                holds, at: now, on: on.nanoseconds, off: off.nanoseconds
            ) { reason(for: kind, silence: silence, recent, settings) }
            guard flag != flags[k] else { continue }
            flags[k] = flag
            hasEffect = true
            guard isChanged else { continue }
            if kind == .stuck, flag.isRaised {
                value.noteStuck()
                numbers.note(stuck: numbers.stuck(after: settings.stuckAfter.nanoseconds))
            }
            changes.append(
                HealthChange(
                    stream: stream, kind: kind, isRaised: flag.isRaised,
                    at: EventTime(nanoseconds: now.wall), reason: flag.reason))
        }
        return hasEffect
    }

    /// Whether it holds now, and how long it has to hold, or not to.
    private func finding(
        of kind: HealthKind, silence: Int64, _ recent: RecentTraffic.Counts,
        _ settings: HealthSettings
    ) -> (holds: Bool?, on: Duration, off: Duration) {
        switch kind {
        case .silent:
            let isSilent = isRegular && silence >= settings.silentAfter.nanoseconds
            return (isSilent, .zero, settings.silentOff)
        case .stuck:
            let limit = settings.stuckAfter.nanoseconds
            let isStuck = value.isStuck(after: limit)
            return (
                isStuck.map { $0 || !numbers.stuck(after: limit).isEmpty },
                .zero, settings.stuckOff
            )
        case .wrongClock:
            let limit = settings.clockOffsetMax.nanoseconds.magnitude
            return (
                recent.offset.map { $0.magnitude > limit }, settings.clockOn, settings.clockOff
            )
        case .refused:
            let holds = recent.isRefusedTooOften(settings.refusedShare)
            return (holds, settings.refusedOn, settings.refusedOff)
        case .changedDimension:
            return (recent.isMisshapen, settings.dimensionOn, settings.dimensionOff)
        }
    }

    private func reason(
        for kind: HealthKind, silence: Int64, _ recent: RecentTraffic.Counts,
        _ settings: HealthSettings
    ) -> String {
        switch kind {
        case .silent:
            return "nothing heard for \(Self.span(silence))"
        case .stuck:
            let limit = settings.stuckAfter.nanoseconds
            let stuck = numbers.stuck(after: limit)
            if value.isStuck(after: limit) != true, let first = stuck.first {
                let further = stuck.count > 1 ? " and \(stuck.count - 1) more" : ""
                return
                    "number \(first)\(further) of \(numbers.count), counted from 0, the same for "
                    + "\(Self.span(numbers.span(of: first))), though the others go on and it used to "
                    + "change"
            }
            return "the same \(value.count) numbers for \(Self.span(value.span)), though they used "
                + "to change"
        case .wrongClock:
            let offset = recent.offset ?? 0
            return "its stamps are \(Self.span(offset)) \(offset < 0 ? "ahead of" : "behind") the "
                + "gateway's clock"
        case .refused:
            return
                "\(recent.refused) of \(recent.refused + recent.accepted) messages were refused, "
                + "last for \(traffic.last?.reason ?? "an unknown reason")"
        case .changedDimension:
            return traffic.lastMisfit ?? "it sends another kind of thing"
        }
    }

    /// A span as people say it, without its sign.
    static func span(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds.magnitude / 1_000_000_000
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86_400) days"
        }
    }
}

extension StreamHealth {
    func write(to writer: inout ByteWriter) {
        writer.write(stream.text)
        writer.write(isRegular)
        writer.write(heardAt)
        for flag in flags { flag.write(to: &writer) }
        value.write(to: &writer)
        numbers.write(to: &writer)
        traffic.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        stream = StreamName(try reader.readString())
        isRegular = try reader.readBool()
        heardAt = try reader.read(Int64.self)
        flags = []
        for _ in Self.kinds { flags.append(try HealthFlag(from: &reader)) }
        value = try SteadyValue(from: &reader)
        numbers = try SteadyNumbers(from: &reader)
        traffic = try RecentTraffic(from: &reader)
    }
}
