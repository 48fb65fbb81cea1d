import Dispatch
import Synchronization

/// The threads that share one step's jobs.
///
/// Jobs are cut the same way whatever the number of threads, write disjoint memory, and are summed
/// in the order of their numbers: the results are the same to the bit on one core and on many. One
/// thread is the caller's own, with the caller's priority; further ones are Dispatch's.
package struct Workers: Sendable {
    package let threads: Int

    package init(threads: Int) {
        precondition(threads >= 1, "work needs a thread")
        self.threads = threads
    }

    /// Runs `job(0)`, …, `job(count − 1)`, each once, and returns when all have.
    package func perform(_ count: Int, _ job: (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for k in 0..<count { job(k) }
            return
        }
        // Whoever is free takes the next job: a thread that the machine holds up holds up one job.
        let next = Atomic(0)
        withoutActuallyEscaping(job) { job in
            // Jobs of one step write disjoint memory, and all have ended when this returns.
            nonisolated(unsafe) let job = job
            DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
                while true {
                    let k = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard k < count else { return }
                    job(k)
                }
            }
        }
    }
}
