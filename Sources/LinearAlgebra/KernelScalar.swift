private import COpenBLAS
import Foundation  // `exp` of doubles.

/// The numbers that the training kernels compute with: `Float` at work, `Double` when the very same
/// code is held against finite differences.
package protocol KernelScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
    /// `C ← α op(A) op(B) + β C`, all row-major and without gaps between their rows.
    static func multiply(
        _ form: ProductForm, _ size: ProductSize, alpha: Self, _ a: UnsafePointer<Self>,
        _ b: UnsafePointer<Self>, beta: Self, into c: UnsafeMutablePointer<Self>)

    /// `xⱼ ← exp(xⱼ − shift)` for `count` numbers.
    static func exponentiate(_ x: UnsafeMutablePointer<Self>, count: Int, minus shift: Self)
}

/// Which factor of a product is read transposed.
package enum ProductForm: Sendable {
    /// `A B`
    case plain
    /// `Aᵀ B`
    case leftTransposed
    /// `A Bᵀ`
    case rightTransposed
}

/// The product has `rows × columns` entries, each a sum over `depth` terms.
package struct ProductSize: Sendable {
    package let rows: Int
    package let columns: Int
    package let depth: Int

    package init(rows: Int, columns: Int, depth: Int) {
        self.rows = rows
        self.columns = columns
        self.depth = depth
    }

    /// A depth of 0 only scales C, and OpenBLAS wants rows of at least one number.
    fileprivate func leading(_ form: ProductForm) -> (a: Int32, b: Int32, c: Int32) {
        let a = form == .leftTransposed ? rows : depth
        let b = form == .rightTransposed ? depth : columns
        return (Int32(max(1, a)), Int32(max(1, b)), Int32(max(1, columns)))
    }
}

extension ProductForm {
    fileprivate var left: CBLAS_TRANSPOSE { self == .leftTransposed ? CblasTrans : CblasNoTrans }
    fileprivate var right: CBLAS_TRANSPOSE { self == .rightTransposed ? CblasTrans : CblasNoTrans }
}

extension Float: KernelScalar {
    package static func multiply(
        _ form: ProductForm, _ size: ProductSize, alpha: Float, _ a: UnsafePointer<Float>,
        _ b: UnsafePointer<Float>, beta: Float, into c: UnsafeMutablePointer<Float>
    ) {
        let leading = size.leading(form)
        cblas_sgemm(
            CblasRowMajor, form.left, form.right, Int32(size.rows), Int32(size.columns),
            Int32(size.depth), alpha, a, leading.a, b, leading.b, beta, c, leading.c)
    }

    package static func exponentiate(
        _ x: UnsafeMutablePointer<Float>, count: Int, minus shift: Float
    ) {
        var j = 0
        while j + 8 <= count {
            let lanes = UnsafeRawPointer(x + j).loadUnaligned(as: SIMD8<Float>.self)
            UnsafeMutableRawPointer(x + j).storeBytes(
                of: exponential(lanes - shift), as: SIMD8<Float>.self)
            j += 8
        }
        guard j < count else { return }
        var rest = SIMD8<Float>()
        for k in j..<count { rest[k - j] = x[k] - shift }
        rest = exponential(rest)
        for k in j..<count { x[k] = rest[k - j] }
    }
}

extension Double: KernelScalar {
    package static func multiply(
        _ form: ProductForm, _ size: ProductSize, alpha: Double, _ a: UnsafePointer<Double>,
        _ b: UnsafePointer<Double>, beta: Double, into c: UnsafeMutablePointer<Double>
    ) {
        let leading = size.leading(form)
        cblas_dgemm(
            CblasRowMajor, form.left, form.right, Int32(size.rows), Int32(size.columns),
            Int32(size.depth), alpha, a, leading.a, b, leading.b, beta, c, leading.c)
    }

    package static func exponentiate(
        _ x: UnsafeMutablePointer<Double>, count: Int, minus shift: Double
    ) {
        for j in 0..<count { x[j] = exp(x[j] - shift) }
    }
}
