import Signals

/// Holds the first vectors of a stream until most of them agree on a dimension.
///
/// ```
/// holding --more than half of samplesMax agree, or samplesMax came--> settled by majority
///    |
///    +--- wait is over (`settle`) ----------------------------------> settled by majority
/// ```
/// One odd first vector must not decide for all that follow.
struct DimensionLearner: Sendable {
    private let samplesMax: Int
    private(set) var held: [Sample] = []

    init(samplesMax: Int) {
        self.samplesMax = samplesMax
    }

    /// Takes a vector; returns the dimension once it is settled.
    mutating func hold(_ sample: Sample) -> Int? {
        held.append(sample)
        guard let (dimension, votes) = leader else { return nil }
        return votes * 2 > samplesMax || held.count >= samplesMax ? dimension : nil
    }

    /// The dimension most of the held vectors have; of equals, the one seen first.
    var leader: (dimension: Int, votes: Int)? {
        var votes: [Int: Int] = [:]
        for sample in held { votes[Self.dimension(of: sample), default: 0] += 1 }
        guard let most = votes.values.max() else { return nil }
        return held.lazy.map(Self.dimension).first { votes[$0] == most }.map { ($0, most) }
    }

    /// Lets go of what was held: the vectors of `dimension`, in order, and how many were not.
    mutating func release(_ dimension: Int) -> (fitting: [Sample], othersTotal: Int) {
        let fitting = held.filter { Self.dimension(of: $0) == dimension }
        defer { held = [] }
        return (fitting, held.count - fitting.count)
    }

    private static func dimension(of sample: Sample) -> Int {
        if case .vector(let numbers) = sample.value { numbers.count } else { 0 }
    }
}
