import CSimdjson
import Signals

/// Reads one stream of one asset: keeps what its samples have taught about it.
struct StreamReader: Sendable {
    let asset: AssetName
    let name: StreamName
    /// The place of its declaration among the sources; `nil` while restored and not yet heard.
    var source: Int?
    private(set) var kind: StreamKind?
    private(set) var dimension: Int?
    private(set) var templates: LogTemplates?
    private(set) var learner: DimensionLearner?
    var tally = Tally()
    /// Whether `learnt` has changed since it was last taken.
    var isDirty = false

    init(asset: AssetName, name: StreamName) {
        self.asset = asset
        self.name = name
    }

    /// Takes what was learnt before a restart, as far as the settings still agree.
    init(asset: AssetName, restoring saved: IntakeState.LearntStream, settings: IntakeSettings) {
        self.init(asset: asset, name: saved.name)
        let declared = settings.streams.first { $0.name == saved.name }
        if let kind = declared?.kind, kind != saved.kind { return }
        kind = saved.kind
        switch saved.kind {
        case .vector: dimension = declared?.dimension ?? saved.dimension
        case .log:
            templates = saved.templates.map { LogTemplates(settings: settings.logs, state: $0) }
        }
    }

    /// What is worth keeping over a restart; `nil` while nothing is.
    var learnt: IntakeState.LearntStream? {
        guard let kind, kind == .log || dimension != nil else { return nil }
        return IntakeState.LearntStream(
            name: name, kind: kind, dimension: dimension, templates: templates?.state)
    }

    /// The tools and the settings that all streams share.
    struct Bench {
        let settings: IntakeSettings
        let masks: LineMasks
        let parser: JSONParser
        let source: StreamSource
        let isFrozen: Bool
    }

    mutating func read(
        _ message: Message, with bench: Bench, line: inout MaskedLine
    ) throws(Refusal) -> Reading {
        let declared = bench.source.declaration
        let known = kind ?? bench.source.kind
        let decoder = PayloadDecoder(
            parser: bench.parser, source: bench.source, kind: known,
            dimension: dimension ?? declared.dimension)
        // Scoped by hand, so that errors keep their type.
        let result = message.payload.withUnsafeBufferPointer {
            bytes -> Result<Reading, Refusal> in
            do throws(Refusal) {
                return .success(try read(bytes, of: message, decoder, bench, &line))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, of message: Message, _ decoder: PayloadDecoder,
        _ bench: Bench, _ line: inout MaskedLine
    ) throws(Refusal) -> Reading {
        let decoded: Decoded
        do throws(Refusal) {
            decoded = try decoder.decode(bytes)
        } catch {
            // Only a line of text may be mended; a vector with broken bytes is broken.
            guard error.reason == .malformed, let mended = Self.mended(bytes) else { throw error }
            let reading = try mended.withUnsafeBufferPointer {
                bytes -> Result<Reading, Refusal> in
                do throws(Refusal) {
                    guard case .line(let logLine, let time) = try decoder.decode(bytes) else {
                        throw error
                    }
                    return .success(try take(logLine, at: time, of: message, bench, &line))
                } catch {
                    return .failure(error)
                }
            }.get()
            tally.count(.utf8Repaired)
            return reading
        }
        switch decoded {
        case .vector(let numbers, let time):
            return try take(numbers, at: time, of: message, bench)
        case .line(let logLine, let time):
            return try take(logLine, at: time, of: message, bench, &line)
        }
    }

    private mutating func take(
        _ numbers: [Float], at time: EventTime?, of message: Message, _ bench: Bench
    ) throws(Refusal) -> Reading {
        if kind == .log { throw Refusal(.wrongKind) }
        if let expected = dimension ?? bench.source.declaration.dimension,
            numbers.count != expected
        {
            throw Refusal(.wrongDimension, expected: expected, found: numbers.count)
        }
        let sample = Sample(
            asset: asset, stream: name, time: try checked(time, message, bench.settings),
            arrival: message.arrival, value: .vector(numbers))
        kind = .vector
        guard dimension == nil else {
            tally.acceptedTotal += 1
            return .sample(sample)
        }
        if bench.source.declaration.dimension != nil {
            settle(numbers.count)
            tally.acceptedTotal += 1
            return .sample(sample)
        }
        if learner == nil {
            learner = DimensionLearner(samplesMax: bench.settings.dimensionSamples)
        }
        guard let settled = learner?.hold(sample) else { return .held }
        return .released(release(settled))
    }

    private mutating func take(
        _ logLine: LogLine, at time: EventTime?, of message: Message, _ bench: Bench,
        _ line: inout MaskedLine
    ) throws(Refusal) -> Reading {
        if kind == .vector { throw Refusal(.wrongKind) }
        let time = try checked(time, message, bench.settings)
        let (cut, wasCut) = Self.cut(logLine.bytes, to: bench.settings.lineBytesMax)
        let mended = Self.mended(cut)
        let record = try (mended ?? []).withUnsafeBufferPointer {
            bytes -> Result<LogRecord, Refusal> in
            var logLine = logLine
            logLine.bytes = mended == nil ? cut : bytes
            do throws(Refusal) {
                return .success(try learn(logLine, bench, &line))
            } catch {
                return .failure(error)
            }
        }.get()
        if mended != nil { tally.count(.utf8Repaired) }
        if wasCut { tally.count(.lineCut) }
        if kind == nil {
            kind = .log
            isDirty = true
        }
        tally.acceptedTotal += 1
        return .sample(
            Sample(
                asset: asset, stream: name, time: time, arrival: message.arrival,
                value: .log(record)))
    }

    private mutating func learn(
        _ logLine: LogLine, _ bench: Bench, _ line: inout MaskedLine
    ) throws(Refusal) -> LogRecord {
        line.read(logLine.bytes, masking: bench.masks)
        guard !line.tokens.isEmpty else { throw Refusal(.emptyPayload) }
        if templates == nil {
            templates = LogTemplates(settings: bench.settings.logs)
            if bench.isFrozen { templates?.freeze() }
        }
        let match =
            templates?.learn(line, raw: logLine.bytes)
            ?? LogTemplates.Match(template: -1, isUnseen: true)
        if match.hasLearnt { isDirty = true }
        if match.isFull { tally.count(.templatesFull) }
        var terms = line.tokens.filter(\.isWord).map(\.hash)
        if let code = Self.term(ofCode: logLine.code) { terms.append(code) }
        return LogRecord(
            template: match.template, isUnseen: match.isUnseen, terms: terms,
            severity: SeverityWords.severity(logLine.severity)
                ?? SeverityWords.severity(inLine: logLine.bytes))
    }

    /// Only a time that a payload carries can be implausible; our own clock is all we have.
    private func checked(
        _ time: EventTime?, _ message: Message, _ settings: IntakeSettings
    ) throws(Refusal) -> EventTime {
        guard let time else { return EventTime(nanoseconds: message.arrival.wall) }
        guard settings.timeMin <= time, time <= settings.timeMax else {
            throw Refusal(.implausibleTime)
        }
        return time
    }
}

extension StreamReader {
    /// Whether vectors wait for the dimension to be settled, and since when.
    var heldSince: Int64? { learner?.held.first?.arrival.elapsed }

    /// Settles the dimension by what has come so far.
    mutating func settleByMajority() -> [Sample] {
        guard let leader = learner?.leader else { return [] }
        return release(leader.dimension)
    }

    mutating func freezeTemplates() {
        templates?.freeze()
        isDirty = true
    }

    mutating func unfreezeTemplates() {
        templates?.unfreeze()
        isDirty = true
    }

    private mutating func settle(_ dimension: Int) {
        self.dimension = dimension
        isDirty = true
    }

    private mutating func release(_ dimension: Int) -> [Sample] {
        let (fitting, othersTotal) = learner?.release(dimension) ?? ([], 0)
        learner = nil
        settle(dimension)
        tally.acceptedTotal += fitting.count
        tally.count(.wrongDimension, times: othersTotal)
        return fitting
    }

    /// The bytes with U+FFFD where they were not UTF-8; `nil` when nothing was to be done.
    private static func mended(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil
        else { return nil }
        return Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    /// The first `bytesMax` bytes, less a character that the cut would halve.
    private static func cut(
        _ bytes: UnsafeBufferPointer<UInt8>, to bytesMax: Int
    ) -> (UnsafeBufferPointer<UInt8>, Bool) {
        guard bytes.count > bytesMax else { return (bytes, false) }
        var end = bytesMax
        while end > bytesMax - 4, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return (UnsafeBufferPointer(rebasing: bytes[..<end]), true)
    }

    /// A code is a word of its own: `E17` says more than any number in the text.
    private static func term(ofCode code: AnchordScalar) -> UInt64? {
        switch code.kind {
        case .integer: FNV1a.hash("code=\(code.integer)".utf8)
        case .text where code.text.length > 0 && code.text.length <= 64:
            FNV1a.hash("code=\(String(decoding: code.text.buffer, as: UTF8.self))".utf8)
        default: nil
        }
    }
}
