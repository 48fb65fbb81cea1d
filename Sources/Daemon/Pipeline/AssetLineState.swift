import Detection
import Fusion
import Signals
import Windowing

/// One asset's line as the Store keeps it: everything but the open windows' vectors.
struct AssetLineState: Sendable {
    var assembler: WindowingState
    var activity: ActivityMonitor.State
    var health: AssetHealth
    var course: RecentCourse
    var detector: AssetDetector.State
    var progress: AssetLine.Progress
    var held: [AssetLine.Held]
    var doubtful: [AssetLine.Lesson]
    var openLogs: [Sample]
    var shifts: [StampShift]
    var modelID: String?
    var shadow: Shadow?
    /// Nanoseconds: the grid these windows are cut on.
    var windowLength: Int64
    var windowHop: Int64

    struct Shadow: Sendable {
        var modelID: String
        var takesOverAt: Int64
        var detector: AssetDetector.State
    }

    /// Changes whenever the bytes mean something else.
    private static let format: UInt32 = 0x434C_4141  // "AALC"

    /// The bytes are of another version, or no state at all.
    struct OtherFormat: Error {}

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.format)
        writer.write(windowLength)
        writer.write(windowHop)
        writer.write(modelID ?? "")
        assembler.write(to: &writer)
        activity.write(to: &writer)
        health.write(to: &writer)
        course.write(to: &writer)
        detector.write(to: &writer)
        progress.write(to: &writer)
        writer.write(shadow?.modelID ?? "")
        if let shadow {
            writer.write(shadow.takesOverAt)
            shadow.detector.write(to: &writer)
        }
        writer.write(UInt32(held.count))
        for held in held { held.write(to: &writer) }
        writer.write(UInt32(doubtful.count))
        for lesson in doubtful {
            writer.write(lesson.anchor?.centroid ?? [])
            writer.write(lesson.summary.encoded)
            writer.write(lesson.archiveMax)
        }
        writer.write(UInt32(openLogs.count))
        for line in openLogs { line.writeLog(to: &writer) }
        writer.write(UInt32(shifts.count))
        for shift in shifts { shift.write(to: &writer) }
        return writer.bytes
    }

    /// - Throws: `OtherFormat`, and `ByteReader.Truncated` for damaged bytes.
    init(encoded bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == Self.format else { throw OtherFormat() }
        windowLength = try reader.read(Int64.self)
        windowHop = try reader.read(Int64.self)
        let model = try reader.readString()
        modelID = model.isEmpty ? nil : model
        assembler = try WindowingState(from: &reader)
        activity = try ActivityMonitor.State(from: &reader)
        health = try AssetHealth(from: &reader)
        course = try RecentCourse(from: &reader)
        detector = try AssetDetector.State(from: &reader)
        progress = try AssetLine.Progress(from: &reader)
        let inShadow = try reader.readString()
        if !inShadow.isEmpty {
            shadow = Shadow(
                modelID: inShadow, takesOverAt: try reader.read(Int64.self),
                detector: try AssetDetector.State(from: &reader))
        }
        held = []
        for _ in 0..<(try reader.readCount(elementBytes: 1)) {
            held.append(try AssetLine.Held(from: &reader))
        }
        doubtful = []
        for _ in 0..<(try reader.readCount(elementBytes: 8)) {
            let centroid = try reader.readFloats()
            let summary = try WindowSummary(encoded: try reader.readIntegers(UInt8.self))
            let anchor = centroid.isEmpty ? nil : Anchor(restoring: centroid)
            doubtful.append(
                .init(
                    anchor: anchor, summary: summary, archiveMax: try reader.read(Int64.self)))
        }
        openLogs = []
        for _ in 0..<(try reader.readCount(elementBytes: 38)) {
            openLogs.append(try Sample(logOf: assembler.asset, from: &reader))
        }
        shifts = []
        for _ in 0..<(try reader.readCount(elementBytes: 24)) {
            shifts.append(try StampShift(from: &reader))
        }
    }

    init(
        assembler: WindowingState, activity: ActivityMonitor.State, health: AssetHealth,
        course: RecentCourse, detector: AssetDetector.State, progress: AssetLine.Progress,
        held: [AssetLine.Held], doubtful: [AssetLine.Lesson], openLogs: [Sample],
        shifts: [StampShift], modelID: String?, shadow: Shadow?,
        windowing: WindowingSettings
    ) {
        self.assembler = assembler
        self.activity = activity
        self.health = health
        self.course = course
        self.detector = detector
        self.progress = progress
        self.held = held
        self.doubtful = doubtful
        self.openLogs = openLogs
        self.shifts = shifts
        self.modelID = modelID
        self.shadow = shadow
        windowLength = windowing.length.nanoseconds
        windowHop = windowing.effectiveHop.nanoseconds
    }
}

extension AssetLine.Progress {
    fileprivate func write(to writer: inout ByteWriter) {
        for number in [
            windows, offered, stride, calm, Int64(refits), fitAt, Int64(fitNumber),
            place,
        ] {
            writer.write(number)
        }
        writer.write(pending.map { Int64($0.number) })
        writer.write(pending?.switchAt)
        writer.write(pending?.archiveEnd)
        (pending?.proposal).write(to: &writer)
        writer.write(UInt32(pending?.lenders.count ?? 0))
        for lender in pending?.lenders ?? [] { writer.write(lender.text) }
        writer.write(UInt32(pending?.loans.count ?? 0))
        for loan in pending?.loans ?? [] { loan.write(to: &writer) }
        proposal.write(to: &writer)
        writer.write(network ?? "")
    }

    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        windows = try reader.read(Int64.self)
        offered = try reader.read(Int64.self)
        stride = try reader.read(Int64.self)
        calm = try reader.read(Int64.self)
        refits = Int(try reader.read(Int64.self))
        fitAt = try reader.read(Int64.self)
        fitNumber = Int(try reader.read(Int64.self))
        place = try reader.read(Int64.self)
        let number = try reader.readOptional()
        let switchAt = try reader.readOptional()
        let archiveEnd = try reader.readOptional()
        if let number, let switchAt, let archiveEnd {
            pending = AssetLine.PendingFit(
                number: Int(number), switchAt: switchAt, archiveEnd: archiveEnd)
        }
        let pendingProposal = try AssetLine.Proposal?(from: &reader)
        pending?.proposal = pendingProposal
        for _ in 0..<(try reader.readCount(elementBytes: 2)) {
            pending?.lenders.append(AssetName(try reader.readString()))
        }
        for _ in 0..<(try reader.readCount(elementBytes: 16)) {
            pending?.loans.append(try Loan(from: &reader))
        }
        proposal = try AssetLine.Proposal?(from: &reader)
        let adopted = try reader.readString()
        network = adopted.isEmpty ? nil : adopted
    }
}

extension AssetLine.Proposal? {
    func write(to writer: inout ByteWriter) {
        writer.write(self?.network ?? "")
        guard let self else { return }
        writer.write(self.isForced)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        let network = try reader.readString()
        self =
            network.isEmpty
            ? nil
            : AssetLine.Proposal(network: network, isForced: try reader.readBool())
    }
}

extension Sample {
    /// Without the asset, which the state names.
    fileprivate func writeLog(to writer: inout ByteWriter) {
        guard case .log(let log) = value else { preconditionFailure("only logs are open logs") }
        writer.write(stream.text)
        for time in [time.nanoseconds, arrival.wall, arrival.elapsed] { writer.write(time) }
        writer.write(log.template)
        writer.write(log.isUnseen)
        writer.write(log.severity.rawValue)
        writer.write(log.terms)
    }

    fileprivate init(logOf asset: AssetName, from reader: inout ByteReader) throws {
        let stream = StreamName(try reader.readString())
        let time = EventTime(nanoseconds: try reader.read(Int64.self))
        let wall = try reader.read(Int64.self)
        let elapsed = try reader.read(Int64.self)
        let template = try reader.read(Int32.self)
        let isUnseen = try reader.readBool()
        let severity = Severity(rawValue: try reader.read(Int8.self)) ?? .unknown
        let terms = try reader.readIntegers(UInt64.self)
        self.init(
            asset: asset, stream: stream, time: time,
            arrival: Arrival(wall: wall, elapsed: elapsed),
            value: .log(
                LogRecord(
                    template: template, isUnseen: isUnseen, terms: terms, severity: severity)))
    }
}
