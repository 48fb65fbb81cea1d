import Foundation
import Synchronization

/// Runs jobs one after the other, on a thread of its own.
///
/// A plain thread instead of a Dispatch queue: Dispatch sets the priority of each of its threads,
/// which the unit's sandbox forbids, and says so every time. Lets its thread end when it is let go,
/// after the job it is at.
final class Worker: Sendable {
    private final class Bench: Sendable {
        let jobs = Mutex<[@Sendable () -> Void]>([])
        let isOver = Atomic(false)
        let rung = DispatchSemaphore(value: 0)
    }

    private let bench = Bench()

    init(name: String) {
        // The bench, not the worker: a thread that held its worker would keep it for ever.
        let thread = Thread { [bench] in
            while true {
                bench.rung.wait()
                if bench.isOver.load(ordering: .acquiring) { return }
                let job = bench.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                job?()
            }
        }
        thread.name = name
        // Numerics run here, on stacks of their own depth.
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit {
        bench.isOver.store(true, ordering: .releasing)
        bench.rung.signal()
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        bench.jobs.withLock { $0.append(job) }
        bench.rung.signal()
    }
}
