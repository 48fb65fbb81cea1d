package import Signals

/// One window as it is remembered: where its senses lay in the unified space, and what was thought of it.
package struct RememberedWindow: Equatable, Sendable {
    package var start: EventTime
    package var score: Double?
    package var standing: Standing
    /// The senses that took part in the unified space.
    package var senses: [StreamName: Place]

    /// What becomes of a window when room is short: the higher, the longer it stays.
    package enum Standing: UInt8, Comparable, Sendable, CaseIterable {
        case calm
        /// Worth an explanation, or blamed on a sense.
        case odd
        /// The alarm was raised.
        case raised

        package static func < (a: Standing, b: Standing) -> Bool { a.rawValue < b.rawValue }
    }

    /// A sense's common part.
    package struct Place: Equatable, Sendable {
        /// As `ByteVectors.bytes(of:)`.
        package var bytes: [Int8]
        /// Of a log: the number of the template that its last line has; `nil` without a line.
        package var template: UInt16?

        package init(bytes: [Int8], template: UInt16? = nil) {
            self.bytes = bytes
            self.template = template
        }
    }

    package init(
        start: EventTime, score: Double?, standing: Standing, senses: [StreamName: Place]
    ) {
        self.start = start
        self.score = score
        self.standing = standing
        self.senses = senses
    }
}
