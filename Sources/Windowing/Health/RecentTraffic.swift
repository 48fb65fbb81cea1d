import Signals

/// What came of one stream within the last half minute to minute of arrival, and how its stamps lay.
package struct RecentTraffic: Equatable, Sendable {
    /// Nanoseconds of arrival in one bucket; two are looked at.
    private static let bucketLength: Int64 = 30_000_000_000
    fileprivate static let refusedMin = 3

    /// Why a message of a known stream was not taken.
    package struct Refusal: Equatable, Sendable {
        /// As it is counted.
        package var reason: String
        /// It was sound, but of another shape than the stream has: what it was and should be.
        package var misfit: String?

        package init(reason: String, misfit: String? = nil) {
            self.reason = reason
            self.misfit = misfit
        }
    }

    struct Counts: Equatable {
        var accepted = 0
        var refused = 0
        /// Of another shape; not among `refused`.
        var misfits = 0
        /// The least of arrival minus stamp, in nanoseconds: delays only ever add to it.
        var offset: Int64?

        /// `nil`: nothing came.
        func isRefusedTooOften(_ share: Double) -> Bool? {
            guard accepted + refused > 0 else { return nil }
            return refused >= RecentTraffic.refusedMin
                && Double(refused) > share * Double(accepted + refused)
        }

        /// `nil`: neither came.
        var isMisshapen: Bool? {
            accepted + misfits > 0 ? misfits >= RecentTraffic.refusedMin && misfits > accepted : nil
        }

        static func + (a: Counts, b: Counts) -> Counts {
            Counts(
                accepted: a.accepted + b.accepted, refused: a.refused + b.refused,
                misfits: a.misfits + b.misfits,
                offset: [a.offset, b.offset].compactMap(\.self).min())
        }
    }

    private var bucket: Int64 = .min
    private var now = Counts()
    private var before = Counts()
    private(set) var last: Refusal?
    private(set) var lastMisfit: String?

    mutating func accept(offset: Int64, at elapsed: Int64) {
        turn(to: elapsed)
        now.accepted += 1
        now.offset = min(now.offset ?? offset, offset)
    }

    mutating func refuse(_ refusal: Refusal, at elapsed: Int64) {
        turn(to: elapsed)
        if let misfit = refusal.misfit {
            now.misfits += 1
            lastMisfit = misfit
        } else {
            now.refused += 1
            last = refusal
        }
    }

    mutating func forgetOffsets() {
        now.offset = nil
        before.offset = nil
    }

    func recent(at elapsed: Int64) -> Counts {
        guard bucket != .min else { return Counts() }
        return switch elapsed / Self.bucketLength - bucket {
        case ..<1: now + before
        case 1: now
        default: Counts()
        }
    }

    private mutating func turn(to elapsed: Int64) {
        let next = elapsed / Self.bucketLength
        guard next > bucket else { return }
        before = bucket != .min && next == bucket + 1 ? now : Counts()
        now = Counts()
        bucket = next
    }
}

extension RecentTraffic {
    func write(to writer: inout ByteWriter) {
        writer.write(bucket)
        for counts in [now, before] {
            for count in [counts.accepted, counts.refused, counts.misfits] {
                writer.write(Int64(count))
            }
            writer.write(counts.offset)
        }
        writer.write(last?.reason ?? "")
        writer.write(lastMisfit ?? "")
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        bucket = try reader.read(Int64.self)
        now = try Counts(from: &reader)
        before = try Counts(from: &reader)
        let reason = try reader.readString()
        last = reason.isEmpty ? nil : Refusal(reason: reason)
        let misfit = try reader.readString()
        lastMisfit = misfit.isEmpty ? nil : misfit
    }
}

extension RecentTraffic.Counts {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        accepted = Int(try reader.read(Int64.self))
        refused = Int(try reader.read(Int64.self))
        misfits = Int(try reader.read(Int64.self))
        offset = try reader.readOptional()
    }
}
