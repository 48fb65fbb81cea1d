/// `exp` of eight numbers at once: what a softmax spends its time in.
///
/// ```
/// x = n ln 2 + r,   n = round(x / ln 2),   |r| ≤ ln 2 / 2
/// exp(x) = 2ⁿ · exp(r),   exp(r) ≈ 1 + r + r² p(r)
/// ```
/// with p of degree 5 (Cephes, Moshier 1989). `ln 2` is subtracted in two parts, the first of which
/// has few enough bits for `n · high` to be exact. The relative error is below `exponentialError`
/// for x in −87…88; further out x is held at these limits, so nothing becomes infinite or denormal.
package func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
    var x = x.replacing(with: -87, where: x .< -87)
    x.replace(with: 88, where: x .> 88)
    // Adding 1.5 · 2²³ rounds to an integer, which then stands in the low bits of the sum.
    let rounder = SIMD8<Float>(repeating: 12_582_912)
    let sum = x * 1.442_695_04 + rounder
    let n = sum - rounder
    let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
    p = p * r + 8.333_451_9e-3
    p = p * r + 4.166_579_6e-2
    p = p * r + 1.666_666_55e-1
    p = p * r + 5.000_000_1e-1
    let mantissa = p * (r * r) + r + 1
    // 2ⁿ as bits: the integer moved into the exponent's place, where it is added.
    let exponent = unsafeBitCast(sum, to: SIMD8<UInt32>.self) &<< 23
    return unsafeBitCast(
        unsafeBitCast(mantissa, to: SIMD8<UInt32>.self) &+ exponent, to: SIMD8<Float>.self)
}

/// Largest relative error of `exponential`: two roundings of a float.
package let exponentialError = 1.5e-7
