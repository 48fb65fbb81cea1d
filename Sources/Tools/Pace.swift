package import Signals

/// When something that happened at one time is to happen again, at another speed.
package struct Pace: Sendable {
    /// `elapsed` of the arrival clock at which the first one happens again.
    private let began: Int64
    private let first: Int64
    /// Times as fast; 0: no waiting at all.
    private let speed: Double

    package init(began: Arrival, first: Int64, speed: Double) {
        precondition(speed >= 0 && speed.isFinite, "a speed is not negative")
        self.began = began.elapsed
        self.first = first
        self.speed = speed
    }

    /// `elapsed` of the arrival clock for what happened at `time`, in nanoseconds; `nil`: at once.
    package func due(_ time: Int64) -> Int64? {
        guard speed > 0, time > first else { return nil }
        let span = (Double(time - first) / speed).rounded()
        // A recording of a century at a snail's pace is never due.
        guard span < 9e18 else { return .max }
        let (sum, overflow) = began.addingReportingOverflow(Int64(span))
        return overflow ? .max : sum
    }
}
