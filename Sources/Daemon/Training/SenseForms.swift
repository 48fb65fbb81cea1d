import Foundation  // `log`.
import Fusion
import Learning
import Signals

/// How the senses of a training are read, found from its windows.
struct SenseForms {
    /// Terms of a log that get a place of their own, the most frequent ones; the rest are hashed.
    static let termsMax = 512
    static let buckets = 16
    /// Windows that are looked at, spread evenly.
    private static let samplesMax = 20_000

    /// In order of their names.
    let senses: [(name: StreamName, form: RowForm, sense: TrainingSense)]

    /// - Parameters:
    ///   - spool: windows.
    ///   - translations: of each asset's log terms, in the order of the spool's assets.
    ///   - encoder: how vectors are read.
    ///   - only: the senses wanted; empty for all.
    /// - Throws: when the spool cannot be read.
    init(
        of spool: WindowSpool, translations: [[StreamName: [UInt64: UInt64]]],
        encoder: VectorEncoder, only: Set<StreamName>
    ) throws {
        var dimensions: [StreamName: [Int: Int]] = [:]
        var windowsOfTerm: [StreamName: [UInt64: Int]] = [:]
        var logWindows: [StreamName: Int] = [:]
        let step = max(1, spool.count / Self.samplesMax)
        for index in stride(from: 0, to: spool.count, by: step) {
            let translation = translations[spool.asset(of: index)]
            for (name, stream) in try spool.window(index).streams
            where only.isEmpty || only.contains(name) {
                switch stream {
                case .vector(let vector):
                    dimensions[name, default: [:]][vector.dimension, default: 0] += 1
                case .log(let log):
                    logWindows[name, default: 0] += 1
                    let own = translation[name] ?? [:]
                    for term in log.counts.keys {
                        windowsOfTerm[name, default: [:]][own[term] ?? term, default: 0] += 1
                    }
                }
            }
        }
        var senses: [(name: StreamName, form: RowForm, sense: TrainingSense)] = []
        for (name, found) in dimensions where logWindows[name] == nil {
            // One asset's camera may differ from the others'; the most frequent dimension is taught.
            guard let dimension = found.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key
            else { continue }
            let form = encoder.form(dimension: dimension)
            senses.append(
                (name, form, TrainingSense(name: name, front: encoder.front(of: form))))
        }
        for (name, count) in logWindows {
            let frequent = (windowsOfTerm[name] ?? [:]).filter { $0.value >= 2 }
                .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.termsMax)
                .sorted { $0.key < $1.key }
            let form = RowForm.log(
                terms: frequent.map(\.key),
                inverseFrequency: frequent.map {
                    Float(log((1 + Double(count)) / (1 + Double($0.value))))
                },
                buckets: Self.buckets)
            senses.append(
                (
                    name, form,
                    TrainingSense(
                        name: name, front: .features(width: form.width), tableWidth: 64)
                ))
        }
        self.senses = senses.sorted { $0.name < $1.name }
    }
}

/// How a vector sense is read.
package enum VectorEncoder: Equatable, Sendable {
    /// Mean, spread, slope and last over the frames.
    case mlp
    /// The frames themselves, by a convolution over them.
    case cnn(frames: Int, kernel: Int, filters: Int)

    package var name: String {
        switch self {
        case .mlp: "mlp"
        case .cnn: "cnn"
        }
    }

    func form(dimension: Int) -> RowForm {
        switch self {
        case .mlp: .summary(dimension: dimension)
        case .cnn(let frames, _, _): .frames(dimension: dimension, countMax: frames)
        }
    }

    func front(of form: RowForm) -> SenseArchitecture.Front {
        switch (self, form) {
        case (.cnn(_, let kernel, let filters), .frames(let dimension, let countMax)):
            .frames(countMax: countMax, width: dimension, kernel: kernel, filters: filters)
        default: .features(width: form.width)
        }
    }
}
