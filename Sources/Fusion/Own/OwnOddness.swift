import Signals

/// What is measured on one sense's window beside T² and Q. The larger, the odder.
package enum OwnMeasure: String, CaseIterable, Sendable {
    /// Distance to the nearest of the prototypes of the sense's normal windows.
    case prototype
    /// Distance to the nearest of the normal windows themselves.
    case neighbour
    /// Distance of the window's oddest frame to the nearest normal frames.
    case frame
    /// How far this window and the eight before it lie off in one direction.
    case shift
    /// The same with the thirty-two before it.
    case drift
    /// This window and those before it move more, or less, than usual in the same numbers.
    case turmoil
    /// A number that used to move has stopped.
    case frozen
    /// Of logs: the most surprising succession of two templates.
    case order
    /// Of logs: how long it has been quiet.
    case silence
    /// How unlikely the own part of a trained network is among those of normal windows.
    case mixture

    /// One bit each, in the order of `allCases`.
    fileprivate var bit: UInt16 {
        switch self {
        case .prototype: 1 << 0
        case .neighbour: 1 << 1
        case .frame: 1 << 2
        case .shift: 1 << 3
        case .drift: 1 << 4
        case .turmoil: 1 << 5
        case .frozen: 1 << 6
        case .order: 1 << 7
        case .silence: 1 << 8
        case .mixture: 1 << 9
        }
    }
}

/// The measures of one sense's window that could be taken. As single precision numbers, because a
/// calibration keeps thousands of them and what is scored must be what is kept.
package struct OwnOddness: Equatable, Sendable {
    private var present: UInt16 = 0
    private var values: [Float] = []

    package init() {}

    package subscript(measure: OwnMeasure) -> Double? {
        guard present & measure.bit != 0 else { return nil }
        let place = (present & (measure.bit - 1)).nonzeroBitCount
        return Double(values[place])
    }

    /// Adds a measure, in the order of `OwnMeasure`; what is not finite was not measured.
    mutating func append(_ measure: OwnMeasure, _ value: Double?) {
        precondition(present < measure.bit, "measures come in their order")
        guard let value, value.isFinite else { return }
        present |= measure.bit
        values.append(Float(value))
    }

    func write(to writer: inout ByteWriter) {
        writer.write(present)
        for value in values { writer.write(value) }
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        present = try reader.read(UInt16.self)
        for _ in 0..<present.nonzeroBitCount { values.append(try reader.readFloat()) }
    }
}
