package import Fusion
package import Signals

/// Windows of three vector senses driven by one hidden state through fixed random maps.
package struct SyntheticSenses {
    private var generator: SeededGenerator
    private let maps: [[[Double]]]
    private let isIndependent: Bool
    package static let names = ["a", "b", "c"].map { StreamName($0) }

    /// With `independent`, each sense follows a state of its own, so nothing is shared.
    package init(seed: UInt64, independent: Bool = false) {
        var dice = SeededGenerator(seed: seed)
        var maps: [[[Double]]] = []
        for _ in 0..<3 {
            var rows: [[Double]] = []
            for _ in 0..<24 {
                rows.append((0..<4).map { _ in Double.random(in: -1...1, using: &dice) })
            }
            maps.append(rows)
        }
        self.maps = maps
        generator = dice
        isIndependent = independent
    }

    private mutating func gaussian() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
    }

    private mutating func state() -> [Double] { (0..<4).map { _ in gaussian() } }

    /// One window; `swapped` makes that sense see another state than the rest.
    package mutating func window(
        at second: Int, swapped: Int? = nil, missing: Int? = nil
    ) -> WindowSummary {
        let shared = state()
        var streams: [StreamName: StreamSummary] = [:]
        for m in 0..<3 where m != missing {
            let seen = isIndependent || m == swapped ? state() : shared
            var frames: [[Float]] = []
            for _ in 0..<3 {
                var frame: [Float] = []
                for row in maps[m] {
                    let value = zip(row, seen).reduce(0) { $0 + $1.0 * $1.1 }
                    frame.append(Float(value + 0.2 * gaussian()))
                }
                frames.append(frame)
            }
            streams[Self.names[m]] = VectorSummary(vectors: frames).map { .vector($0) }
        }
        let start = EventTime(milliseconds: Int64(second) * 1000)
        return WindowSummary(start: start, end: start + .seconds(1), streams: streams)
    }

    package mutating func windows(_ count: Int) -> [WindowSummary] {
        (0..<count).map { window(at: $0) }
    }
}
