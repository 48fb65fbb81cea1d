import Foundation
import Glibc
import Synchronization
import Testing

@testable import Daemon

@Suite("Work beside the flow")
struct WorkerTests {
    private final class Notes: Sendable {
        let all = Mutex<[Int]>([])
        let done = DispatchSemaphore(value: 0)
    }

    @Test("Jobs run one after the other, in the order they were given, on the worker's own thread")
    func order() {
        let notes = Notes()
        let worker = Worker(name: "test")
        let own = pthread_self()
        for number in 0..<100 {
            worker.run {
                notes.all.withLock { $0.append(pthread_self() == own ? -1 : number) }
                if number == 99 { notes.done.signal() }
            }
        }
        #expect(notes.done.wait(timeout: .now() + 60) == .success)
        #expect(notes.all.withLock { $0 } == Array(0..<100))
    }

    @Test("A worker that is let go finishes the job it is at, and its thread ends")
    func letGo() {
        let notes = Notes()
        var worker: Worker? = Worker(name: "test")
        weak let watched = worker
        let isBegun = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        worker?.run {
            isBegun.signal()
            mayEnd.wait()
            notes.done.signal()
        }
        isBegun.wait()
        worker = nil
        #expect(watched == nil)
        mayEnd.signal()
        #expect(notes.done.wait(timeout: .now() + 60) == .success)
    }
}
