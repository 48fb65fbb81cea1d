import Foundation  // `log`, `log10`.
import Signals

/// Adds up what many slightly odd windows say together.
///
/// If all is well, p is at worst uniform, and betting on small ones wins nothing on the mean: with
/// ```
/// g(p) = ε p^(ε−1),   E g(p) ≤ 1,
/// S ← max(0, S + ln g(p) / τ)
/// ```
/// eˢ is the best of the test martingales begun at any window before (Vovk, Nouretdinov and Gammerman
/// 2003), which makes S a CUSUM (Page 1954). By Ville's inequality each of them reaches e^h with
/// probability at most e^(−h), so that S reaches h in at most a share e^(−h) of normal windows
/// (Lorden 1971): the level follows from the budget, without a sample to fit.
///
/// Two cautions. Windows that resemble their neighbours count as one for τ of them (`EffectiveCount`).
/// And p is held above `pMin`: a single window never speaks for many, that is the threshold's to do.
/// S stops at h, and `calmMin` windows in a row that are not even slightly odd end it while an alarm is
/// raised: what was odd for long must not hold the alarm up for long once it is over. Both only make S
/// smaller, so the bound holds.
package struct SustainedEvidence: Equatable, Sendable {
    /// S, in units of ln.
    package private(set) var value = 0.0
    /// Windows in a row with a p above `calmP`.
    private var calm = 0

    /// ε. S grows when the mean of −ln p exceeds −ln ε / (1 − ε) = 1.39, where it is at most 1 while all
    /// is well: a p of about .1 in every window is noticed within some thirty.
    static let exponent = 0.5
    static let pMin = 0.01
    static let calmP = 0.1
    static let calmMin = 3

    package init() {}

    /// The level h that a share of normal windows may reach.
    package static func level(share: Double) -> Double { -log(share) }

    /// - Parameters:
    ///   - p: of one window.
    ///   - factor: τ, at least 1.
    ///   - level: h.
    ///   - isRaised: whether the alarm is.
    package mutating func observe(
        p: Double, factor: Double, level: Double, isRaised: Bool = false
    ) {
        let gain =
            log(Self.exponent) + (Self.exponent - 1) * log(min(1, max(p, Self.pMin)))
        value = min(max(0, value + gain / max(1, factor)), level)
        calm = p > Self.calmP ? calm + 1 : 0
        if isRaised, calm >= Self.calmMin { value = 0 }
    }
}

extension SustainedEvidence {
    func write(to writer: inout ByteWriter) {
        writer.write(value)
        writer.write(Int64(calm))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        value = try reader.readDouble()
        calm = Int(try reader.read(Int64.self))
    }
}
