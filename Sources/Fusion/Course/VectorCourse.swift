import Signals

/// Where the numbers of a vector sense stood in the windows before this one, and how much they used
/// to move from window to window: what lets a single window show a slow drift or a frozen sensor.
///
/// For window means `x̄ₜ` of each number, with weights w of 1/8 and 1/32 (1/n while fewer windows came)
/// for the levels and 1/32 for the motion:
/// ```
/// level   Lₜ = Lₜ₋₁ + w (x̄ₜ − Lₜ₋₁),   here Lₜ₋₁ − x̄ₜ
/// step    Δₜ = |x̄ₜ − x̄ₜ₋₁|
/// motion  Aₜ = Aₜ₋₁ + w (Δₜ − Aₜ₋₁)
/// ```
/// Exponentially weighted means as in Roberts 1959; of vectors, Lowry et al. 1992. In the unit of the
/// input, sixteen bits each: differences need no more, and an archive keeps thousands of them.
package struct VectorCourse: Equatable, Sendable {
    /// Mean of some eight windows before this one, less this one's.
    package var levelShort: [Float]
    /// The same of some thirty-two.
    package var levelLong: [Float]
    package var step: [Float]
    /// Mean step of some thirty-two windows, this one included.
    package var motion: [Float]

    static let short: Float = 1 / 8
    static let long: Float = 1 / 32

    func write(to writer: inout ByteWriter) {
        for block in [levelShort, levelLong, step, motion] { writer.writeShort(block) }
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        levelShort = try reader.readShortFloats()
        levelLong = try reader.readShortFloats()
        step = try reader.readShortFloats()
        motion = try reader.readShortFloats()
    }

    init(levelShort: [Float], levelLong: [Float], step: [Float], motion: [Float]) {
        self.levelShort = levelShort
        self.levelLong = levelLong
        self.step = step
        self.motion = motion
    }
}

/// What must be remembered of a vector sense's past to give the next window its course.
///
/// Levels are kept as their distance to the newest mean, rounded as a course is, so that a line
/// restored from its bytes goes on as if it had never stopped.
struct VectorTrail: Equatable, Sendable {
    /// Windows seen since the trail began.
    private var windows: Int32 = 0
    private var newest: [Float] = []
    private var course = VectorCourse(levelShort: [], levelLong: [], step: [], motion: [])

    init() {}

    /// Takes the next window's mean; its course, or `nil` while two windows are too few to tell.
    mutating func advance(to mean: [Float]) -> VectorCourse? {
        guard newest.count == mean.count, windows > 0 else {
            self = VectorTrail()
            let zeros = [Float](repeating: 0, count: mean.count)
            course = VectorCourse(
                levelShort: zeros, levelLong: zeros, step: zeros, motion: zeros)
            newest = mean
            windows = 1
            return nil
        }
        // The levels took `windows` means so far, the motions one step less.
        let least = 1 / Float(windows)
        let (short, long) = (max(VectorCourse.short, least), max(VectorCourse.long, least))
        for j in mean.indices {
            let moved = newest[j] - mean[j]
            course.levelShort[j] = ((1 - short) * course.levelShort[j] + moved).shortened
            course.levelLong[j] = ((1 - long) * course.levelLong[j] + moved).shortened
            let step = abs(moved).shortened
            course.step[j] = step
            let motion = course.motion[j]
            course.motion[j] = (motion + long * (step - motion)).shortened
        }
        newest = mean
        windows = min(windows + 1, 1 << 20)
        return windows > 2 ? course : nil
    }

    func write(to writer: inout ByteWriter) {
        writer.write(windows)
        writer.write(newest)
        course.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        windows = try reader.read(Int32.self)
        newest = try reader.readFloats()
        course = try VectorCourse(from: &reader)
        let blocks = [course.levelShort, course.levelLong, course.step, course.motion]
        // Torn bytes begin a new trail instead of trapping later.
        guard blocks.allSatisfy({ $0.count == newest.count }) else {
            self = VectorTrail()
            return
        }
    }
}
