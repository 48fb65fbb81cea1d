import Dispatch
import Fusion
import Learning
import LinearAlgebra
import Signals

// The training and the inference that docs/performance.md compares: see scripts/bench-train.
//
//   anchord-bench-train train EPOCHS THREADS     seconds of the training loop
//   anchord-bench-train project                  microseconds of a window of three senses
//   anchord-bench-train states                   the same of a model that reads states from frames

struct Usage: Error {}

/// Windows of three senses, 128 standard normal numbers each: what is learnt does not matter here.
struct NoiseRows: TrainingRows {
    static let width = 128
    let senses = ["camera", "audio", "vibration"].map {
        TrainingSense(name: StreamName($0), front: .features(width: width))
    }
    let count: Int
    private var numbers: [[Float]] = []

    init(count: Int) {
        self.count = count
        for sense in senses.indices {
            var dice = SeededGenerator(seed: 1, place: sense)
            numbers.append((0..<count * Self.width).map { _ in Float(dice.gaussian()) })
        }
    }

    func asset(of row: Int) -> Int { 0 }
    func time(of row: Int) -> Int { row }
    func isPresent(_ sense: Int, in row: Int) -> Bool { true }

    func fill(_ rows: [Int], sense: Int, into out: UnsafeMutableBufferPointer<Float>) {
        numbers[sense].withUnsafeBufferPointer { source in
            guard let source = source.baseAddress, let out = out.baseAddress else { return }
            for (k, row) in rows.enumerated() {
                (out + k * Self.width).update(from: source + row * Self.width, count: Self.width)
            }
        }
    }

    func row(_ row: Int, sense: Int) -> [Float] {
        Array(numbers[sense][row * Self.width..<(row + 1) * Self.width])
    }
}

/// Three senses, 128-256-64, batches of 256: nothing but what PyTorch does beside it.
func settings(epochs: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.dimension = 64
    settings.hidden = [256]
    settings.batch = 256
    settings.epochs = epochs
    settings.schedule = .constant
    settings.validationShare = 0
    settings.negativeGap = 0
    settings.noise = 0
    settings.senseDropout = 0
    return settings
}

func train(epochs: Int, threads: Int) throws {
    var trainer = try Trainer(
        NoiseRows(count: 10_000), settings: settings(epochs: epochs),
        workers: Workers(threads: threads))
    let time = try ContinuousClock().measure {
        while !trainer.isFinished { try trainer.epoch() }
    }
    print(time / Duration.seconds(1))
}

/// Median over many windows, alone and 64 at a time; other rows every time.
func project() throws {
    let rows = NoiseRows(count: 2048)
    let trainer = try Trainer(rows, settings: settings(epochs: 1))
    let networks = rows.senses.compactMap { trainer.networks[$0.name] }
    var sum: Float = 0
    func median(_ rowsAtOnce: Int) -> Double {
        var times: [Double] = []
        for round in 0..<20 * 2048 / rowsAtOnce {
            let first = round * rowsAtOnce % 2048
            let windows = rows.senses.indices.map { sense in
                (first..<first + rowsAtOnce).flatMap { rows.row($0, sense: sense) }
            }
            let time = ContinuousClock().measure {
                for (network, window) in zip(networks, windows) {
                    sum += network.project(rows: window)[0]
                }
            }
            times.append(time / Duration.microseconds(rowsAtOnce))
        }
        return times.sorted()[times.count / 2]
    }
    print("alone", median(1))
    print("batched", median(64))
    // Read, so that nothing above is left out as useless.
    guard sum.isFinite else { throw Usage() }
}

/// Median of one window alone: camera 8 frames of 196 numbers, microphone 8 of 96, a log of 128 terms;
/// 128 filters for each, ten states. Filters, their place in the space, and the state.
func states() throws {
    var dice = SeededGenerator(seed: 1)
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(dice.gaussian()) } }
    let filters = 128
    let fronts: [SenseArchitecture.Front] = [
        .frames(countMax: 8, width: 196, kernel: 1, filters: filters),
        .frames(countMax: 8, width: 96, kernel: 1, filters: filters), .features(width: 128),
    ]
    let networks = fronts.map { front in
        let architecture = SenseArchitecture(
            front: front, hidden: [], dimension: filters, peaks: filters)
        return SenseNetwork(
            architecture: architecture,
            mean: [Float](repeating: 0, count: architecture.inputWidth),
            scale: [Float](repeating: 1, count: architecture.inputWidth),
            parameters: numbers(architecture.parameterCount))
    }
    let predictor = StatePredictor(
        names: (0..<10).map { "state \($0)" }, weights: numbers(10 * filters), temperature: 1)
    var times: [Double] = []
    var sum = 0.0
    for _ in 0..<5000 {
        let rows = networks.map { network in
            var row = numbers(network.architecture.rowWidth)
            if case .frames = network.architecture.front { row[0] = 8 }
            return row
        }
        let time = ContinuousClock().measure {
            var scores: [[Double]] = []
            for (network, row) in zip(networks, rows) {
                let peaks = network.peaks(row)
                sum += Double(network.place(ofPeaks: peaks)[0])
                scores.append(predictor.scores(peaks))
            }
            sum += predictor.likeliest(scores).probability
        }
        times.append(time / Duration.microseconds(1))
    }
    print("states", times.sorted()[times.count / 2])
    guard sum.isFinite else { throw Usage() }
}

limitThreads(to: 1)
let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.dropFirst().compactMap { Int($0) }) {
case ("train", let numbers) where numbers.count == 2:
    try train(epochs: numbers[0], threads: numbers[1])
case ("project", _):
    print("kernels", blasKernels)
    try project()
case ("states", _):
    try states()
default:
    throw Usage()
}
