private import CBLASKernels
private import COpenBLAS

/// How many threads OpenBLAS may use in this process. One for the daemon: a window's numbers must
/// not depend on the machine's load, and the second core belongs to the broker.
package func limitThreads(to count: Int) {
    openblas_set_num_threads(Int32(count))
}

/// The kernels that OpenBLAS multiplies with, by the name of the first processor that could run them:
/// "SkylakeX", "Haswell". Chosen before `main`; sums differ in their last bits from one to another.
package var blasKernels: String {
    String(cString: blas_kernels())
}
