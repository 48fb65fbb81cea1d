package import Signals

/// What a training does about senses that are not aligned, by stream.
package struct MisalignmentPolicy: Equatable, Sendable {
    /// What to do with one stream.
    package enum Treatment: String, CaseIterable, Sendable, Codable {
        /// Count what looks false, change nothing.
        case report
        /// Leave the stream out of windows whose pairing looks false, and move one that is constantly
        /// late or early back to its time.
        case mend
        /// Keep a misalignment on purpose: named factors are perturbed, and the space drops them.
        case use
    }

    /// For streams that are not named.
    package var general: Treatment
    package var streams: [StreamName: Treatment]
    /// Streams, or single numbers of them, that senses with `use` are made indifferent to.
    package var factors: [FactorName]
    /// Windows by which a stream may be late or early; more is not looked for.
    package var lagMax = 10

    package init(
        general: Treatment = .report, streams: [StreamName: Treatment] = [:],
        factors: [FactorName] = []
    ) {
        self.general = general
        self.streams = streams
        self.factors = factors
    }

    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// From words such as `report` or `camera=mend`, separated by commas too; the last word counts.
    ///
    /// - Throws: `Unreadable` for a word that is neither.
    package init(words: [String], factors: [String] = []) throws(Unreadable) {
        self.init(factors: factors.map { FactorName($0) })
        let all = words.joined(separator: ",").filter { $0 != " " }
        for word in all.split(separator: ",") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0) }
            guard let treatment = parts.last.flatMap({ Treatment(rawValue: $0) }),
                parts.count == 1 || !parts[0].isEmpty
            else {
                throw Unreadable(
                    description:
                        "misalignment is \"\(word)\", but report, mend or use is possible, or one of them for a stream, such as camera=mend."
                )
            }
            if parts.count == 1 {
                general = treatment
            } else {
                streams[StreamName(parts[0])] = treatment
            }
        }
        let isUsed = general == .use || streams.values.contains(.use)
        guard isUsed == !factors.isEmpty else {
            throw Unreadable(
                description: isUsed
                    ? "misalignment is use, but no factor is named that is to be dropped, such as ambient."
                    : "factors are named, but no stream has misalignment use: camera=use, or use for all."
            )
        }
    }

    /// As `init(words:)` reads it.
    package var words: String {
        ([general.rawValue]
            + streams.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.rawValue)" })
            .joined(separator: ",")
    }

    package func treatment(of stream: StreamName) -> Treatment { streams[stream] ?? general }
}

/// A stream whose numbers are a factor, or one number of it: `ambient`, or `ambient.3`, from 0.
package struct FactorName: Hashable, Sendable, CustomStringConvertible {
    package let stream: StreamName
    /// `nil` for all of its numbers.
    package let number: Int?

    package init(stream: StreamName, number: Int? = nil) {
        self.stream = stream
        self.number = number
    }

    package init(_ text: some StringProtocol) {
        if let dot = text.lastIndex(of: "."), dot > text.startIndex,
            let number = Int(String(text[text.index(after: dot)...])), number >= 0
        {
            self.init(stream: StreamName(String(text[..<dot])), number: number)
        } else {
            self.init(stream: StreamName(String(text)))
        }
    }

    package var description: String { number.map { "\(stream).\($0)" } ?? stream.text }
}
