package import LinearAlgebra

/// Numbers at a fixed place for as long as their owner lives: what the kernels read and write.
///
/// `@unchecked Sendable`: jobs of one step write disjoint parts, and a step ends before the next
/// begins (`Workers.perform` returns when all jobs have).
package final class Buffer<S: KernelScalar>: @unchecked Sendable {
    package let base: UnsafeMutablePointer<S>
    package let count: Int

    /// All 0.
    package init(count: Int) {
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<S>.stride, alignment: 64)
        base = bytes.initializeMemory(as: S.self, repeating: 0, count: max(1, count))
        self.count = count
    }

    package convenience init(_ values: [S]) {
        self.init(count: values.count)
        copy(values)
    }

    deinit {
        base.deallocate()
    }

    package var values: [S] { Array(UnsafeBufferPointer(start: base, count: count)) }

    package func copy(_ values: [S]) {
        precondition(values.count == count, "\(values.count) numbers for a buffer of \(count)")
        values.withUnsafeBufferPointer {
            if let source = $0.baseAddress { base.update(from: source, count: count) }
        }
    }
}
