import LinearAlgebra

/// The peaks of a filter bank over the newest frames of a sense, as they come, one frame at a time.
///
/// Filter c answers `y_p · w_c` at place p, the `kernel` neighbouring frames that begin there. What is
/// asked for is each filter's maximum over the places within the newest `span` frames. Of these only
/// the answers that can still become the maximum are kept: a queue for each filter, whose values fall
/// from its head on. A new answer takes out all smaller ones before it, for they leave the span sooner;
/// the head is the maximum:
/// ```
/// push v at place p:   drop the tail while tail ≤ v;  append (p, v);  drop the head while head < p − span + kernel
/// ```
/// Each answer comes and goes once, so a frame costs O(filters) beside the filters themselves; of the
/// frames only the newest `kernel` are kept. Lemire 2006, "Streaming maximum-minimum filter".
package struct FilterPeaks: Sendable {
    private let kernel: Int
    private let width: Int
    private let filters: Int
    /// Places of a whole span.
    private let room: Int
    /// The newest frames, `kernel` at most, the oldest first.
    private var newest: [Float] = []
    private var frames = 0
    /// A ring of `room` answers per filter, and where its head and end are.
    private var values: [Float]
    private var places: [Int]
    private var heads: [Int]
    private var counts: [Int]

    /// - Parameters:
    ///   - span: frames looked back on, `kernel` at least.
    ///   - width: numbers of a frame.
    ///   - kernel: frames of a place.
    ///   - filters: of the bank.
    package init(span: Int, width: Int, kernel: Int, filters: Int) {
        precondition(span >= kernel && kernel > 0, "a span of at least one place")
        self.kernel = kernel
        self.width = width
        self.filters = filters
        room = span - kernel + 1
        values = [Float](repeating: 0, count: room * filters)
        places = [Int](repeating: 0, count: room * filters)
        heads = [Int](repeating: 0, count: filters)
        counts = heads
    }

    /// Takes the next frame, standardised, `width` numbers. `W` is `kernel · width × filters`.
    package mutating func push(_ frame: UnsafePointer<Float>, _ W: UnsafePointer<Float>) {
        if frames >= kernel { newest.removeFirst(width) }
        newest.append(contentsOf: UnsafeBufferPointer(start: frame, count: width))
        frames += 1
        guard frames >= kernel else { return }
        note(answers(newest, W), at: frames - kernel)
    }

    /// Each filter's largest answer within the span. Before `kernel` frames have come, what it answers
    /// to them and to zeros for the others.
    package func maxima(_ W: UnsafePointer<Float>) -> [Float] {
        guard frames >= kernel else {
            let missing = kernel * width - newest.count
            return answers(newest + [Float](repeating: 0, count: missing), W)
        }
        return (0..<filters).map { values[$0 * room + heads[$0]] }
    }

    private func answers(_ x: [Float], _ W: UnsafePointer<Float>) -> [Float] {
        [Float](unsafeUninitializedCapacity: filters) { y, count in
            x.withUnsafeBufferPointer { x in
                DenseKernel(inputs: kernel * width, outputs: filters).apply(
                    x.baseAddress!, stride: kernel * width, rows: 1, weights: W, bias: nil,
                    into: y.baseAddress!)
            }
            count = filters
        }
    }

    private mutating func note(_ answers: [Float], at place: Int) {
        for (c, value) in answers.enumerated() {
            let base = c * room
            func slot(_ k: Int) -> Int { base + (heads[c] + k) % room }
            if counts[c] > 0, places[slot(0)] <= place - room {
                heads[c] = (heads[c] + 1) % room
                counts[c] -= 1
            }
            while counts[c] > 0, values[slot(counts[c] - 1)] <= value { counts[c] -= 1 }
            values[slot(counts[c])] = value
            places[slot(counts[c])] = place
            counts[c] += 1
        }
    }
}

extension SenseNetwork {
    /// f of one row: the peaks of its filters, tanh of each one's maximum. Only of a network whose
    /// architecture has `peaks`.
    package func peaks(_ row: [Float]) -> [Float] {
        precondition(
            row.count == architecture.rowWidth, "a row of \(architecture.rowWidth) numbers")
        return row.withUnsafeBufferPointer { peaks(of: $0.baseAddress!) }
    }

    func peaks(of row: UnsafePointer<Float>) -> [Float] {
        guard let filters = architecture.peaks else {
            preconditionFailure("this network has no filter bank")
        }
        var (frames, first, span, kernel) = (1, row, 1, 1)
        if case .frames(let countMax, _, let size, _) = architecture.front {
            frames = SenseArchitecture.frameCount(row[0], countMax: countMax)
            (first, span, kernel) = (row + 1, max(countMax, size), size)
        }
        let width = architecture.inputWidth
        var bank = FilterPeaks(span: span, width: width, kernel: kernel, filters: filters)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { x in
            parameters.withUnsafeBufferPointer { W in
                // The filters are the first layer: their numbers stand first.
                for frame in 0..<frames {
                    standardise(first + frame * width, into: x.baseAddress!)
                    bank.push(x.baseAddress!, W.baseAddress!)
                }
                return bank.maxima(W.baseAddress!).map(hyperbolicTangent)
            }
        }
    }
}
