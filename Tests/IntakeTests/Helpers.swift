import Intake
import Signals

let morning: Int64 = 1_790_000_000_000

func message(
    _ topic: String, _ payload: some Sequence<UInt8>, at milliseconds: Int64 = morning,
    isRetained: Bool = false
) -> Message {
    Message(
        topic: topic, payload: Array(payload), isRetained: isRetained,
        arrival: Arrival(wall: milliseconds * 1_000_000, elapsed: milliseconds * 1_000_000))
}

func message(_ topic: String, _ payload: String, at milliseconds: Int64 = morning) -> Message {
    message(topic, payload.utf8, at: milliseconds)
}

/// Settings under which the first vector already decides.
func settings(_ change: (inout IntakeSettings) -> Void = { _ in }) -> IntakeSettings {
    var settings = IntakeSettings()
    settings.dimensionSamples = 1
    change(&settings)
    return settings
}

func declared(
    _ name: String, _ change: (inout StreamDeclaration) -> Void = { _ in }
) -> StreamDeclaration {
    var declaration = StreamDeclaration(name: StreamName(name), topic: "plant/{asset}/\(name)")
    change(&declaration)
    return declaration
}

extension Reading {
    var samples: [Sample] {
        switch self {
        case .sample(let sample): [sample]
        case .released(let samples): samples
        case .held, .rejected: []
        }
    }

    var vector: [Float]? {
        if case .vector(let numbers)? = samples.last?.value { numbers } else { nil }
    }

    var log: LogRecord? {
        if case .log(let record)? = samples.last?.value { record } else { nil }
    }

    var rejection: Rejection? {
        if case .rejected(let reason) = self { reason } else { nil }
    }
}

func littleEndian(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in
        withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    }
}

func littleEndian(_ numbers: [Double]) -> [UInt8] {
    numbers.flatMap { number in
        withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    }
}

extension SignalReader {
    func rejectedTotal(_ reason: Rejection, asset: String? = nil, stream: String? = nil) -> Int {
        counters.filter { $0.asset?.text == asset && $0.stream?.text == stream }
            .reduce(0) { $0 + ($1.rejectedTotal[reason] ?? 0) }
    }
}
