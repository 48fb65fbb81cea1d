import Foundation  // `asinh`, `log` and `log1p`.
import Signals

/// How much the numbers of a vector sense move from window to window when all is well.
///
/// For number j, with its usual motion `u`, in standard deviations of the fit:
/// ```
/// z = (ln(motion / u + 0.001) − mean) / deviation        of some 32 windows
/// c = (ln(step / u + 0.03) − mean) / deviation           of this one
/// turmoil = asinh(Σ z c / √d)        both unusual in the same numbers
/// frozen  = ln(1 + max_j min(−z, −3c))
/// ```
/// Products with this window's own step, because a mean of the past alone goes on ringing after the
/// fault is over.
struct NormalMotion: Equatable, Sendable {
    private let usual: [Float]
    private let motion: Moments
    private let step: Moments

    private struct Moments: Equatable, Sendable {
        var mean: [Float]
        var deviation: [Float]

        /// Of rows of equal length; deviations have a floor, for numbers that always move alike.
        init(_ rows: [[Float]]) {
            let d = rows[0].count
            let n = Double(rows.count)
            mean = (0..<d).map { j in Float(rows.reduce(0) { $0 + Double($1[j]) } / n) }
            let centre = mean
            deviation = (0..<d).map { j in
                let square = rows.reduce(0.0) {
                    let c = Double($1[j]) - Double(centre[j])
                    return $0 + c * c
                }
                return Float(max((square / n).squareRoot(), 0.1))
            }
        }

        func score(_ x: Float, _ j: Int) -> Double {
            Double(max(-30, min(30, (x - mean[j]) / deviation[j])))
        }

        func write(to writer: inout ByteWriter) {
            writer.write(mean)
            writer.write(deviation)
        }

        init(from reader: inout ByteReader) throws {
            mean = try reader.readFloats()
            deviation = try reader.readFloats()
        }
    }

    /// `scales`: the usual spread of each number, below a thousandth of which it stands still. `nil`
    /// for fewer than ten windows with a course.
    init?(fittingOn summaries: [StreamSummary], scales: [Float]) {
        let courses = summaries.compactMap { summary -> VectorCourse? in
            guard case .vector(let v) = summary, v.dimension == scales.count else { return nil }
            return v.course
        }
        guard courses.count >= 10, !scales.isEmpty else { return nil }
        let n = Double(courses.count)
        let usual = scales.indices.map { j in
            let mean = courses.reduce(0) { $0 + Double($1.motion[j]) } / n
            return max(Float(mean), 1e-9 + 1e-3 * scales[j])
        }
        self.usual = usual
        func logs(_ block: (VectorCourse) -> [Float], floor: Float) -> [[Float]] {
            thinned(courses, to: 2048).map { Self.logs(block($0), usual, floor: floor) }
        }
        motion = Moments(logs(\.motion, floor: Self.motionFloor))
        step = Moments(logs(\.step, floor: Self.stepFloor))
    }

    private static let motionFloor: Float = 1e-3
    private static let stepFloor: Float = 0.03

    private static func logs(_ values: [Float], _ usual: [Float], floor: Float) -> [Float] {
        values.indices.map { log(values[$0] / usual[$0] + floor) }
    }

    func oddness(of course: VectorCourse) -> (turmoil: Double, frozen: Double)? {
        guard course.step.count == usual.count else { return nil }
        let lately = Self.logs(course.motion, usual, floor: Self.motionFloor)
        let now = Self.logs(course.step, usual, floor: Self.stepFloor)
        var common = 0.0
        var stillest = 0.0
        for j in usual.indices {
            let c = step.score(now[j], j)
            let z = motion.score(lately[j], j)
            common += z * c
            stillest = max(stillest, min(-z, -3 * c))
        }
        return (asinh(common / Double(usual.count).squareRoot()), log1p(stillest))
    }

    func write(to writer: inout ByteWriter) {
        writer.write(usual)
        for moments in [motion, step] { moments.write(to: &writer) }
    }

    init(from reader: inout ByteReader) throws {
        usual = try reader.readFloats()
        motion = try Moments(from: &reader)
        step = try Moments(from: &reader)
        let blocks = [motion, step].flatMap { [$0.mean, $0.deviation] }
        guard blocks.allSatisfy({ $0.count == usual.count }) else {
            throw FusionModel.Malformed(reason: "a sense's usual motions are not of one length")
        }
    }
}
