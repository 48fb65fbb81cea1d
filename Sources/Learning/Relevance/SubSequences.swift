import Foundation  // `tanh`.
package import LinearAlgebra

/// One sense's points: sequences cut into short sub-sequences by a window that slides over them.
///
/// Sub-sequence l of point i is w neighbouring instances of d numbers, end to end: `y_il`, w·d numbers.
/// A filter bank W answers with one number for each filter c:
/// ```
/// f_ic = tanh(max_l y_il · w_c) = max_l tanh(y_il · w_c)
/// ```
/// Wu et al. 2016, arXiv 1611.06306, as PAPERS 5(a) reconstructs it.
package struct SubSequences: Sendable {
    /// Sub-sequences of all points, `places × w d`.
    private let y: Matrix
    /// First place of each point, and the end of the last.
    private let starts: [Int]

    package var points: Int { starts.count - 1 }
    package var width: Int { y.columns }

    /// - Parameters:
    ///   - sequences: each with its instances end to end, `width` numbers an instance; one that is
    ///     shorter than the window is filled up with zeros.
    ///   - width: d.
    ///   - window: w.
    package init(_ sequences: [ArraySlice<Double>], width: Int, window: Int) {
        var starts = [0]
        var cut: [Double] = []
        for sequence in sequences {
            precondition(
                sequence.count.isMultiple(of: width), "instances of \(width) numbers, end to end")
            let places = max(1, sequence.count / width - window + 1)
            for place in 0..<places {
                let begin = sequence.startIndex + place * width
                let end = min(sequence.endIndex, begin + window * width)
                cut.append(contentsOf: sequence[begin..<end])
                cut.append(contentsOf: repeatElement(0, count: window * width - (end - begin)))
            }
            starts.append(starts[starts.count - 1] + places)
        }
        self.starts = starts
        y = Matrix(rows: starts[starts.count - 1], columns: window * width, elements: cut)
    }

    /// What the filters answer to every point, and at which place each answer was found.
    package struct Answers: Sendable {
        /// `points × filters`.
        package var f: Matrix
        fileprivate var peaks: [Int]
    }

    /// `W` is `w d × filters`.
    package func answers(_ W: Matrix) -> Answers {
        let y = y.times(W)
        let r = W.columns
        var answers = Answers(
            f: Matrix(rows: points, columns: r), peaks: [Int](repeating: 0, count: points * r))
        for i in 0..<points {
            for c in 0..<r {
                var peak = starts[i]
                for l in starts[i]..<starts[i + 1] where y[l, c] > y[peak, c] { peak = l }
                answers.peaks[i * r + c] = peak
                answers.f[i, c] = tanh(y[peak, c])
            }
        }
        return answers
    }

    /// The gradient by W, from that by f: only the place of the maximum has a part in it.
    /// ```
    /// ∂/∂w_c = Σ_i y_il* ∂/∂f_ic (1 − f_ic²),   l* = argmax_l y_il · w_c
    /// ```
    package func gradient(_ answers: Answers, by df: Matrix) -> Matrix {
        let r = df.columns
        var routed = Matrix(rows: y.rows, columns: r)
        for i in 0..<points {
            for c in 0..<r {
                let f = answers.f[i, c]
                routed[answers.peaks[i * r + c], c] = df[i, c] * (1 - f * f)
            }
        }
        return y.transposedTimes(routed)
    }
}
