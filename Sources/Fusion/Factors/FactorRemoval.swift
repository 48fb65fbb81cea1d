package import Signals

/// What a model does not look at: streams that are factors, such as a light meter, and in the other
/// senses the directions in which these factors move them.
///
/// Everything that is measured on a window afterwards, encoders and a sense's own measures alike, is
/// measured on what this leaves of it. Only how far a number moves from one window to the next
/// (`VectorCourse.step` and `.motion`) stays as it was: those have lost their signs.
package struct FactorRemoval: Equatable, Sendable {
    /// Of one vector sense; `nil` where no direction follows a factor.
    package struct Sense: Equatable, Sendable {
        /// Of the numbers themselves: mean, slope and last of a window, its frames and its course.
        package let level: NumberProjection?
        /// Of their spreads within a window.
        package let spread: NumberProjection?

        /// `nil` when there is neither, or they differ in dimension.
        package init?(level: NumberProjection?, spread: NumberProjection?) {
            guard level != nil || spread != nil,
                level == nil || spread == nil || level!.dimension == spread!.dimension
            else { return nil }
            self.level = level
            self.spread = spread
        }

        package var dimension: Int { level?.dimension ?? spread!.dimension }

        /// A row of a training: `[mean, spread, slope, last]`, or `[n, frame 1 … frame n, zeros]`.
        package func project(
            row: UnsafeMutableBufferPointer<Float>, front: SenseArchitecture.Front
        ) {
            let d = dimension
            func block(_ start: Int) -> UnsafeMutableBufferPointer<Float> {
                UnsafeMutableBufferPointer(rebasing: row[start..<start + d])
            }
            switch front {
            case .features(let width) where width == VectorSummary.blocks * d:
                level?.project(block(0))
                spread?.project(block(d))
                level?.project(change: block(2 * d))
                level?.project(change: block(3 * d))
            case .frames(let countMax, let width, _, _) where width == d:
                for frame in 0..<SenseArchitecture.frameCount(row[0], countMax: countMax) {
                    level?.project(block(1 + frame * d))
                }
            default: break
            }
        }

        fileprivate func project(_ vector: inout VectorSummary) {
            spread?.project(&vector.spread)
            guard let level else { return }
            level.project(&vector.mean)
            level.project(change: &vector.slope)
            level.project(change: &vector.last)
            if !vector.farthest.isEmpty { level.project(change: &vector.farthest) }
            vector.kept.withUnsafeMutableBufferPointer { kept in
                let d = dimension
                for start in stride(from: 0, to: kept.count, by: d) {
                    level.project(UnsafeMutableBufferPointer(rebasing: kept[start..<start + d]))
                }
            }
            guard vector.course != nil else { return }
            level.project(change: &vector.course!.levelShort)
            level.project(change: &vector.course!.levelLong)
        }
    }

    /// Streams that are factors: the model does not score them.
    package let factors: Set<StreamName>
    package let senses: [StreamName: Sense]

    package init(factors: Set<StreamName>, senses: [StreamName: Sense]) {
        self.factors = factors
        self.senses = senses
    }

    /// The window as the model sees it. A sense of another dimension than the one learnt stays as it is,
    /// as every encoder leaves it.
    package func applied(to window: WindowSummary) -> WindowSummary {
        var window = window
        for name in factors { window.streams[name] = nil }
        for (name, sense) in senses {
            guard case .vector(var vector) = window.streams[name],
                vector.dimension == sense.dimension
            else { continue }
            window.streams[name] = nil  // So that its arrays are changed in place.
            sense.project(&vector)
            window.streams[name] = .vector(vector)
        }
        return window
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt32(factors.count))
        for name in factors.sorted() { writer.write(name.text) }
        writer.write(UInt32(senses.count))
        for (name, sense) in senses.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            for projection in [sense.level, sense.spread] {
                writer.write(projection != nil)
                projection?.write(to: &writer)
            }
        }
    }

    init(from reader: inout ByteReader) throws {
        var factors: Set<StreamName> = []
        for _ in 0..<(try reader.readCount(elementBytes: 4)) {
            factors.insert(StreamName(try reader.readString()))
        }
        var senses: [StreamName: Sense] = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 6)) {
            let name = StreamName(try reader.readString())
            let level = try reader.readBool() ? NumberProjection(from: &reader) : nil
            let spread = try reader.readBool() ? NumberProjection(from: &reader) : nil
            guard let sense = Sense(level: level, spread: spread) else {
                throw FusionModel.Malformed(
                    reason: "the factor's directions of \(name) are none, or of two dimensions")
            }
            senses[name] = sense
        }
        self.init(factors: factors, senses: senses)
    }
}
