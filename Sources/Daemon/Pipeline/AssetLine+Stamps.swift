import Detection
package import Signals
import Windowing

/// A stream whose stamps are taken earlier than they come, since its clock or its buffers are known to be
/// late. Stays as a memory of what was before when it is taken back.
package struct StampShift: Equatable, Sendable {
    package var stream: StreamName
    /// Nanoseconds; negative: taken later.
    package var behind: Int64
    /// What was in force before, and the journal's last entry under each, oldest first: a restart reads
    /// samples again that came before the change. Only those that open windows may hold.
    var former: [Former]
    package var sinceMs: Int64
    package var who: String

    struct Former: Equatable, Sendable {
        var behind: Int64
        var through: UInt64
    }

    /// Changes that are remembered; nobody makes so many within a few windows.
    static let formerMax = 16

    /// What was in force for a sample that the journal has under `sequence`.
    func behind(asOf sequence: UInt64) -> Int64 {
        former.first { sequence <= $0.through }?.behind ?? behind
    }

    package var seconds: Double { Double(behind) / 1e9 }
}

// Stamps that are moved before windows are cut.
extension AssetLine {
    /// The sample as windows are to see it; as it was seen when the journal took it as `asOf`.
    func moved(_ sample: Sample, asOf sequence: UInt64 = .max) -> Sample {
        // Nearly always.
        guard !shifts.isEmpty, let shift = shifts.first(where: { $0.stream == sample.stream })
        else { return sample }
        var moved = sample
        moved.time = sample.time - .nanoseconds(shift.behind(asOf: sequence))
        return moved
    }

    /// Moves a stream's stamps from the next sample on. Unlike other commands it does not wait behind held
    /// windows: it is about what comes in, which no fit holds up.
    mutating func correct(
        _ correction: StampCorrection, _ command: OperatorCommand, sequence: UInt64
    ) -> Pipeline.Operated {
        guard assembler.expect(correction.stream, behind: correction.behind) else {
            return .refused(.unknownStream)
        }
        let place = shifts.firstIndex { $0.stream == correction.stream }
        let needed = neededFrom ?? sequence
        let former = (place.map { shifts[$0].former } ?? []).filter { $0.through >= needed }
        let shift = StampShift(
            stream: correction.stream, behind: correction.behind,
            former: former.suffix(StampShift.formerMax - 1) + [
                .init(behind: place.map { shifts[$0].behind } ?? 0, through: sequence)
            ], sinceMs: command.givenMs, who: command.who)
        if let place { shifts[place] = shift } else { shifts.append(shift) }
        shifts.sort { $0.stream < $1.stream }
        let corrected = Outcome.corrected(asset, shift)
        guard correction.relearns else { return .done([corrected], isWaiting: false) }
        var relearn = command
        relearn.action = .relearn
        relearn.id = ""
        guard case .done(let outcomes, let isWaiting) = operate(relearn, sequence: sequence) else {
            return .done([corrected], isWaiting: false)
        }
        return .done([corrected] + outcomes, isWaiting: isWaiting)
    }
}

extension OperatorCommand.Action {
    /// What the asset has learnt goes.
    var isRelearning: Bool {
        switch self {
        case .relearn: true
        case .correct(let correction): correction.relearns
        case .alarm, .label, .removeLabel: false
        }
    }
}

extension StampShift {
    func write(to writer: inout ByteWriter) {
        writer.write(stream.text)
        for number in [behind, sinceMs] { writer.write(number) }
        writer.write(UInt32(former.count))
        for step in former {
            writer.write(step.behind)
            writer.write(Int64(bitPattern: step.through))
        }
        writer.write(who)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        let stream = StreamName(try reader.readString())
        let behind = try reader.read(Int64.self)
        let sinceMs = try reader.read(Int64.self)
        var former: [Former] = []
        for _ in 0..<(try reader.readCount(elementBytes: 16)) {
            former.append(
                Former(
                    behind: try reader.read(Int64.self),
                    through: UInt64(bitPattern: try reader.read(Int64.self))))
        }
        self.init(
            stream: stream, behind: behind, former: former, sinceMs: sinceMs,
            who: try reader.readString())
    }
}

extension Pipeline {
    /// Assets heard so far.
    var assetCount: Int { lines.count }

    /// Streams of an asset whose stamps are moved.
    func shifts(of asset: AssetName) -> [StampShift] {
        lines.first { $0.asset == asset }?.shifts.filter { $0.behind != 0 } ?? []
    }

    /// All of them, sorted, in seconds by which stamps are taken earlier.
    var corrections: [(asset: String, stream: String, seconds: Double)] {
        lines.indices.flatMap { index in
            lines[index].shifts.filter { $0.behind != 0 }.map {
                (asset: lines[index].asset.text, stream: $0.stream.text, seconds: $0.seconds)
            }
        }.sorted { ($0.asset, $0.stream) < ($1.asset, $1.stream) }
    }
}
