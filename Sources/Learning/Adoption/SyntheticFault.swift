import Fusion
import Signals

/// A fault that can be put into a normal window, so that models can be compared where nobody has
/// labelled anything.
package enum SyntheticFault: String, CaseIterable, Sendable {
    /// One sense shows what it showed in a window far away.
    case repairing = "re-pairing"
    /// One sense is some windows behind.
    case lag
    /// One vector sense is noisy.
    case noise
}

/// Puts faults into an asset's held-back windows. The same windows get the same faults.
struct FaultMaker {
    private let windows: [WindowSummary]
    private let heldBack: [Int]
    private let indexOfStart: [EventTime: Int]
    private let hop: Duration
    private let spreads: [StreamName: [Float]]
    private var dice = SeededGenerator(seed: 0)

    init(windows: [WindowSummary], heldBack: [Int]) {
        self.windows = windows
        self.heldBack = heldBack
        indexOfStart = Dictionary(
            windows.enumerated().map { ($1.start, $0) }, uniquingKeysWith: { first, _ in first })
        hop = zip(windows, windows.dropFirst()).map { $1.start - $0.start }.min() ?? .seconds(1)
        spreads = Self.spreads(of: windows)
    }

    /// `nil` where this fault cannot be made of this window.
    mutating func window(_ index: Int, with fault: SyntheticFault) -> WindowSummary? {
        let window = windows[index]
        let senses = window.streams.keys.sorted()
        guard senses.count >= 2 else { return nil }
        let sense = senses[Int.random(in: senses.indices, using: &dice)]
        let replacement: StreamSummary?
        switch fault {
        case .repairing:
            let place = heldBack.firstIndex { $0 >= index } ?? 0
            let n = heldBack.count
            let far = (place + n / 8 + Int.random(in: 0..<max(1, n * 3 / 4), using: &dice)) % n
            replacement = windows[heldBack[far]].streams[sense]
        case .lag:
            let behind = Int.random(in: 5...45, using: &dice)
            let start = window.start - hop * behind
            replacement = indexOfStart[start].flatMap { windows[$0].streams[sense] }
        case .noise:
            guard case .vector(let vector)? = window.streams[sense], let sigma = spreads[sense],
                sigma.count == vector.dimension
            else { return nil }
            replacement = .vector(noisy(vector, sigma))
        }
        guard let replacement else { return nil }
        var faulty = window
        faulty.streams[sense] = replacement
        return faulty
    }

    /// Noise as strong as the sense itself varies between windows, on every frame:
    /// ```
    /// x̄ ← x̄ + σ g / √n,    s ← √(s² + σ²)
    /// ```
    private mutating func noisy(_ vector: VectorSummary, _ sigma: [Float]) -> VectorSummary {
        var noisy = vector
        for j in sigma.indices {
            noisy.mean[j] += sigma[j] * gaussian() / Float(vector.frames).squareRoot()
            noisy.spread[j] = (vector.spread[j] * vector.spread[j] + sigma[j] * sigma[j])
                .squareRoot()
        }
        for k in noisy.kept.indices { noisy.kept[k] += sigma[k % sigma.count] * gaussian() }
        return noisy
    }

    /// Nearly standard normal: the sum of twelve uniform numbers.
    private mutating func gaussian() -> Float {
        (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &dice) }
    }

    /// Standard deviation of each number's mean over the windows, by sense.
    private static func spreads(of windows: [WindowSummary]) -> [StreamName: [Float]] {
        var sums: [StreamName: (n: Double, x: [Double], xx: [Double])] = [:]
        for window in windows {
            for case (let name, .vector(let vector)) in window.streams {
                let none = [Double](repeating: 0, count: vector.dimension)
                var sum = sums[name] ?? (0, none, none)
                guard sum.x.count == vector.dimension else { continue }
                sum.n += 1
                for (j, x) in vector.mean.enumerated() {
                    sum.x[j] += Double(x)
                    sum.xx[j] += Double(x) * Double(x)
                }
                sums[name] = sum
            }
        }
        return sums.mapValues { sum in
            zip(sum.x, sum.xx).map { x, xx in
                let mean = x / sum.n
                return Float(max(0, xx / sum.n - mean * mean).squareRoot())
            }
        }
    }
}
