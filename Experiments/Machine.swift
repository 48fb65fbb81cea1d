import Foundation
import Learning
import Synchronization

/// The cores that the experiments share. Runs are independent and each brings its own dice, so their
/// figures do not depend on how many run at once.
struct Machine {
    private let workers: Workers

    init(threads: Int) {
        workers = Workers(threads: threads)
    }

    /// `run(0)`, …, `run(count − 1)`, in that order.
    func runAll<Outcome: Sendable>(_ count: Int, _ run: (Int) -> Outcome) -> [Outcome] {
        let outcomes = Mutex([Outcome?](repeating: nil, count: count))
        workers.perform(count) { job in
            let outcome = run(job)
            let left = outcomes.withLock {
                $0[job] = outcome
                return $0.count { $0 == nil }
            }
            FileHandle.standardError.write(Data("\r\(left) runs left  ".utf8))
        }
        FileHandle.standardError.write(Data("\n".utf8))
        return outcomes.withLock { $0.compactMap(\.self) }
    }
}
