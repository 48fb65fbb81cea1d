import Foundation
import Intake
import Signals

// Throws bytes at the doors through which a plant's bytes come in: payloads of every encoding,
// topics, recordings and labels. What must hold is checked here; what must not happen is for the
// sanitizer to see. `run.sh` builds and runs it.

private let arrival = Arrival(wall: 1_790_000_000_000_000_000, elapsed: 1_790_000_000_000_000_000)

private let settings: IntakeSettings = {
    func declared(
        _ encoding: StreamDeclaration.Encoding, _ source: StreamDeclaration.TimestampRule.Source
    ) -> StreamDeclaration {
        let name = "\(encoding.rawValue)-\(source.rawValue)"
        var stream = StreamDeclaration(name: StreamName(name), topic: "{asset}/\(name)")
        stream.encoding = encoding
        stream.timestamp.source = source
        if encoding == .f32le || encoding == .f64le { stream.dimension = 2 }
        return stream
    }
    var settings = IntakeSettings()
    settings.dimensionSamples = 1
    settings.dimensionMax = 16
    settings.lineBytesMax = 64
    settings.logs.templatesMax = 4
    settings.streams = [
        declared(.auto, .field), declared(.json, .field), declared(.f32le, .arrival),
        declared(.f64le, .head), declared(.text, .arrival),
    ]
    return settings
}()

/// Copied for each input, so that every input meets a reader that knows nothing.
private let fresh = SignalReader(settings: settings)

private let scratch: String = {
    let folder = ProcessInfo.processInfo.environment["FUZZ_SCRATCH"] ?? "/tmp"
    return "\(folder)/recording-\(ProcessInfo.processInfo.processIdentifier)"
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    switch choice % 8 {
    case 0..<5: readPayload(input, stream: settings.streams[Int(choice % 8)])
    case 5: readTopic(input)
    case 6: readRecording(input)
    default:
        writeRecording(input)
        _ = try? LabelsReader.parse(String(decoding: input, as: UTF8.self), name: "labels")
    }
    return 0
}

/// Reads the bytes as first, as second and as declared message; good ones beside them stay good.
private func readPayload(_ payload: [UInt8], stream: StreamDeclaration) {
    var reader = fresh
    let good = Message(topic: "b/auto-field", payload: Array("[1,2]".utf8), arrival: arrival)
    _ = reader.read(good)
    for _ in 0..<2 {
        let topic = "a/\(stream.name)"
        check(reader.read(Message(topic: topic, payload: payload, arrival: arrival)))
        check(reader.read(Message(topic: "features/a/s", payload: payload, arrival: arrival)))
        guard case .sample(let sample) = reader.read(good), sample.value == .vector([1, 2]) else {
            fatalError("a good message was not read beside this one")
        }
    }
    reader.freezeTemplates(asset: AssetName("a"))
    check(reader.read(Message(topic: "features/a/s", payload: payload, arrival: arrival)))
    var restored = fresh
    let state = reader.state(of: AssetName("a"))
    restored.restore(state, for: AssetName("a"))
    precondition(restored.state(of: AssetName("a")) == state, "the state did not survive a restart")
}

private func check(_ reading: Reading) {
    let sample: Sample
    switch reading {
    case .sample(let only): sample = only
    case .released(let samples): sample = samples[0]
    case .held, .rejected: return
    }
    precondition(
        sample.time.nanoseconds == arrival.wall
            || (settings.timeMin...settings.timeMax).contains(sample.time), "implausible time")
    switch sample.value {
    case .vector(let numbers):
        precondition((1...settings.dimensionMax).contains(numbers.count), "wrong dimension")
        precondition(numbers.allSatisfy(\.isFinite), "a number is not finite")
    case .log(let record):
        precondition((-1..<Int32(settings.logs.templatesMax)).contains(record.template), "template")
        precondition(record.terms.count <= settings.lineBytesMax + 1, "terms")
    }
}

private func readTopic(_ bytes: [UInt8]) {
    var reader = fresh
    let topic = String(decoding: bytes, as: UTF8.self)
    for topic in [topic, "features/\(topic)/s", "features/a/\(topic)"] {
        _ = reader.read(Message(topic: topic, payload: [0x31], arrival: arrival))
    }
    for asset in reader.assets { precondition((1...64).contains(asset.text.utf8.count)) }
}

private func readRecording(_ bytes: [UInt8]) {
    guard write(bytes),
        var reader = try? RecordingReader(path: scratch)
    else { return }
    while let message = try? reader.next() { precondition(!message.topic.isEmpty) }
}

private func writeRecording(_ bytes: [UInt8]) {
    var writer = RecordingWriter()
    let sent = Message(
        topic: "t", payload: bytes, isRetained: bytes.count % 2 == 0, arrival: arrival)
    let line = writer.line(for: sent)
    precondition(line.firstIndex(of: 0x0A) == line.count - 1, "a message is not one line")
    guard write(line),
        var reader = try? RecordingReader(path: scratch)
    else { fatalError("could not use \(scratch)") }
    precondition((try? reader.next()) == sent, "a message did not come back as it was written")
}

private func write(_ bytes: [UInt8]) -> Bool {
    guard let file = fopen(scratch, "wb") else { return false }
    defer { fclose(file) }
    return fwrite(bytes, 1, bytes.count, file) == bytes.count
}
