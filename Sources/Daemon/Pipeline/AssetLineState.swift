import Detection
import Foundation  // JSON of the small parts.
import Fusion
import Signals
import Windowing

/// One asset's line as the Store keeps it: everything but the open windows' vectors.
struct AssetLineState: Sendable {
    var assembler: WindowingState
    var detector: AssetDetector.State
    var progress: AssetLine.Progress
    var held: [AssetLine.HeldWindow]
    var doubtful: [AssetLine.Lesson]
    var openLogs: [Sample]
    var modelID: String?
    /// Nanoseconds: the grid these windows are cut on.
    var windowLength: Int64
    var windowHop: Int64

    /// The parts that are small and change shape with the code are JSON, the windows bytes.
    private struct Small: Codable {
        var assembler: WindowingState
        var detector: AssetDetector.State
        var progress: AssetLine.Progress
        var headers: [WindowHeader]
        var anchors: [[Float]]
        var openLogs: [Sample]
        var modelID: String?
        var windowLength: Int64
        var windowHop: Int64
    }

    func encoded() throws -> [UInt8] {
        let small = Small(
            assembler: assembler, detector: detector, progress: progress,
            headers: held.map(\.header), anchors: doubtful.map { $0.anchor?.centroid ?? [] },
            openLogs: openLogs, modelID: modelID, windowLength: windowLength,
            windowHop: windowHop)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var writer = ByteWriter()
        writer.write([UInt8](try encoder.encode(small)))
        for window in held { writer.write(window.summary.encoded) }
        for lesson in doubtful { writer.write(lesson.summary.encoded) }
        return writer.bytes
    }

    init(encoded bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        let json = try reader.readIntegers(UInt8.self)
        let small = try JSONDecoder().decode(Small.self, from: Data(json))
        assembler = small.assembler
        detector = small.detector
        progress = small.progress
        openLogs = small.openLogs
        modelID = small.modelID
        windowLength = small.windowLength
        windowHop = small.windowHop
        held = []
        for header in small.headers {
            let summary = try WindowSummary(encoded: try reader.readIntegers(UInt8.self))
            held.append(.init(header: header, summary: summary))
        }
        doubtful = []
        for centroid in small.anchors {
            let summary = try WindowSummary(encoded: try reader.readIntegers(UInt8.self))
            let anchor = centroid.isEmpty ? nil : Anchor(restoring: centroid)
            doubtful.append(.init(anchor: anchor, summary: summary))
        }
    }

    init(
        assembler: WindowingState, detector: AssetDetector.State, progress: AssetLine.Progress,
        held: [AssetLine.HeldWindow], doubtful: [AssetLine.Lesson], openLogs: [Sample],
        modelID: String?,
        windowing: WindowingSettings
    ) {
        self.assembler = assembler
        self.detector = detector
        self.progress = progress
        self.held = held
        self.doubtful = doubtful
        self.openLogs = openLogs
        self.modelID = modelID
        windowLength = windowing.length.nanoseconds
        windowHop = windowing.effectiveHop.nanoseconds
    }
}
