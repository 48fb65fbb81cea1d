package import Signals

/// Encoders and the space they share, of one asset. Immutable; its identity is its content.
package struct FusionModel: Equatable, Sendable {
    package let encoders: [StreamName: SenseEncoder]
    /// The trained model whose networks make the common parts; `nil` for the linear alignment.
    package let networkID: String?
    /// Reads the machine's state; of the trained model, where that learnt from tagged windows.
    package let predictor: StatePredictor?
    /// How the senses of a window are weighted in its centroid.
    package let rule: CentroidRule
    package let prototypes: Prototypes
    /// Of the trained model, which numbers them: what a window's regime is called by.
    package let regimes: Prototypes
    /// Dimensions of the unified space; 0 when no two senses agree on anything.
    package let dimensions: Int
    /// What the permutation test found, also for senses that left the disagreement.
    package let agreements: [StreamName: PermutationTest]
    /// Event time of the first and last window it was fitted on.
    package let fittedFrom: EventTime
    package let fittedTo: EventTime
    /// Windows fitted and held back.
    package let windows: Int

    package struct Malformed: Error, CustomStringConvertible {
        package let reason: String
        package var description: String { "the stored model is damaged: \(reason)" }
    }

    /// Senses that take part in the disagreement, sorted.
    package var alignedStreams: [StreamName] {
        encoders.filter(\.value.isAligned).keys.sorted()
    }

    /// One window in the unified space. Depends on this window alone, to the bit.
    package func embed(_ summary: WindowSummary) -> EmbeddedWindow {
        var senses: [StreamName: Embedding] = [:]
        let shown = ShownSequences(of: summary.streams) { encoders[$0]?.network }
        for (name, stream) in summary.streams {
            senses[name] = encoders[name]?.encode(stream, as: name, among: shown)
        }
        return EmbeddedWindow(start: summary.start, end: summary.end, senses: senses)
    }

    /// The stored form.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.format)
        writer.write(networkID ?? "")
        writer.write(rule.rawValue)
        writer.write(UInt32(dimensions))
        writer.write(fittedFrom.nanoseconds)
        writer.write(fittedTo.nanoseconds)
        writer.write(UInt32(windows))
        prototypes.write(to: &writer)
        writer.write(UInt32(encoders.count))
        for (name, encoder) in encoders.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            encoder.linear.write(to: &writer)
            writer.write(encoder.network != nil)
            guard let network = encoder.network else { continue }
            network.reader.write(to: &writer)
            writer.write(network.isAligned)
            writer.write(network.own != nil)
            network.own?.write(to: &writer)
        }
        writer.write(UInt32(agreements.count))
        for (name, test) in agreements.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            for value in [test.agreement, test.shiftedMean, test.pValue, test.separation] {
                writer.write(value)
            }
            writer.write(UInt32(test.shifts))
        }
        return writer.bytes
    }

    private static let format: UInt32 = 0x364D_4641  // "AFM6"

    /// `networks` finds a trained model by its id.
    package init(
        encoded: [UInt8], networks: (String) throws -> NetworkModel? = { _ in nil }
    ) throws {
        var reader = ByteReader(encoded)
        guard try reader.read(UInt32.self) == Self.format else {
            throw Malformed(reason: "it does not begin with AFM6")
        }
        let id = try reader.readString()
        guard let rule = CentroidRule(rawValue: try reader.readString()) else {
            throw Malformed(reason: "it names no rule for the centroid")
        }
        self.rule = rule
        networkID = id.isEmpty ? nil : id
        let trained = try networkID.flatMap(networks)
        predictor = trained?.states
        regimes = trained?.regimes ?? Prototypes(centres: [])
        dimensions = Int(try reader.read(UInt32.self))
        fittedFrom = EventTime(nanoseconds: try reader.read(Int64.self))
        fittedTo = EventTime(nanoseconds: try reader.read(Int64.self))
        windows = Int(try reader.read(UInt32.self))
        prototypes = try Prototypes(from: &reader)
        var encoders: [StreamName: SenseEncoder] = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 4)) {
            let name = StreamName(try reader.readString())
            let linear = try LinearEncoder(from: &reader)
            guard try reader.readBool() else {
                encoders[name] = SenseEncoder(linear: linear)
                continue
            }
            guard let sense = trained?.senses[name] else {
                throw Malformed(reason: "its trained model \(id) is not in the store")
            }
            let rows = try RowReader(sense.form, from: &reader)
            let isAligned = try reader.readBool()
            let own = try reader.readBool() ? DiagonalMixture(from: &reader) : nil
            guard own.map({ $0.dimension == sense.network.architecture.ownDimension }) ?? true
            else { throw Malformed(reason: "a mixture is none of its trained model's own part") }
            encoders[name] = SenseEncoder(
                linear: linear,
                network: .init(
                    reader: rows, network: sense.network, own: own, isAligned: isAligned))
        }
        var agreements: [StreamName: PermutationTest] = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 40)) {
            let name = StreamName(try reader.readString())
            agreements[name] = PermutationTest(
                agreement: try reader.readDouble(), shiftedMean: try reader.readDouble(),
                pValue: try reader.readDouble(), separation: try reader.readDouble(),
                shifts: Int(try reader.read(UInt32.self)))
        }
        self.encoders = encoders
        self.agreements = agreements
        guard reader.isAtEnd else { throw Malformed(reason: "bytes are left over") }
    }

    init(
        encoders: [StreamName: SenseEncoder], networkID: String? = nil,
        predictor: StatePredictor? = nil, rule: CentroidRule, prototypes: Prototypes,
        regimes: Prototypes = Prototypes(centres: []), dimensions: Int,
        agreements: [StreamName: PermutationTest], windows: [WindowSummary]
    ) {
        self.encoders = encoders
        self.networkID = networkID
        self.predictor = predictor
        self.rule = rule
        self.prototypes = prototypes
        self.regimes = regimes
        self.dimensions = dimensions
        self.agreements = agreements
        fittedFrom = windows.first?.start ?? EventTime(nanoseconds: 0)
        fittedTo = windows.last?.end ?? EventTime(nanoseconds: 0)
        self.windows = windows.count
    }
}

/// One window as the model sees it: what Detection reads.
package struct EmbeddedWindow: Equatable, Sendable {
    package let start: EventTime
    package let end: EventTime
    /// By sense: those present that the model knows.
    package let senses: [StreamName: Embedding]

    package init(start: EventTime, end: EventTime, senses: [StreamName: Embedding]) {
        self.start = start
        self.end = end
        self.senses = senses
    }

    /// The anchor of the aligned senses among `present`; `nil` when there is none.
    package func anchor(
        of present: Set<StreamName>, vanishing: Double, rule: CentroidRule = .mean
    ) -> Anchor? {
        let parts = senses.keys.sorted().compactMap { name -> (StreamName, [Float])? in
            guard present.contains(name), let common = senses[name]?.common else { return nil }
            return (name, common)
        }
        return Anchor(of: parts, vanishing: vanishing, rule: rule)
    }
}

extension EmbeddedWindow {
    package func write(to writer: inout ByteWriter) {
        writer.write(start.nanoseconds)
        writer.write(end.nanoseconds)
        writer.write(UInt32(senses.count))
        for (name, sense) in senses.sorted(by: { $0.key < $1.key }) {
            writer.write(name.text)
            writer.write(sense.common ?? [])
            writer.write(sense.hotelling)
            writer.write(sense.residual)
            writer.write(sense.log != nil)
            if let log = sense.log {
                writer.write(log.unseen)
                writer.write(log.rate)
            }
            sense.own.write(to: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws {
        let start = EventTime(nanoseconds: try reader.read(Int64.self))
        let end = EventTime(nanoseconds: try reader.read(Int64.self))
        var senses: [StreamName: Embedding] = [:]
        for _ in 0..<(try reader.readCount(elementBytes: 27)) {
            let name = StreamName(try reader.readString())
            let common = try reader.readFloats()
            let hotelling = try reader.readDouble()
            let residual = try reader.readDouble()
            let log =
                try reader.readBool()
                ? LogOddness(unseen: try reader.readDouble(), rate: try reader.readDouble()) : nil
            senses[name] = Embedding(
                common: common.isEmpty ? nil : common, hotelling: hotelling, residual: residual,
                log: log, own: try OwnOddness(from: &reader))
        }
        self.init(start: start, end: end, senses: senses)
    }
}
