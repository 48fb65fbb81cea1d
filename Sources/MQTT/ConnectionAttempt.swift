import Foundation
import Synchronization

/// Connects on a short-lived thread of its own, so that the broker thread goes on ticking.
///
/// Resolving a name and connecting a socket block inside libmosquitto, together for minutes when a
/// host drops packets; the watchdog would take that for a hang. One attempt lives at a time and is
/// not cut short: the kernel's own repeats are the retries. When we stop meanwhile, the attempt
/// is let go of, and its thread frees the handle it made.
final class ConnectionAttempt: Sendable {
    private struct Outcome: ~Copyable {
        var handle: MosquittoHandle?
        var error: MQTTError?
    }

    private let outcome = Mutex(Outcome())

    /// Starts connecting; rings when done.
    init(plan: ConnectionPlan, bell: Mailbox) {
        let thread = Thread { [self] in
            do {
                let handle = try MosquittoHandle.made(by: plan)
                try handle.connect(plan)
                finish(handle)
            } catch let error as MQTTError {
                fail(error)
            } catch {
                fail(.ours("connect to \(plan.address)", "\(error)"))
            }
            bell.ring()
        }
        thread.name = "mqtt-connect"
        thread.start()
    }

    private func finish(_ handle: consuming MosquittoHandle) {
        var handle: MosquittoHandle? = handle
        outcome.withLock { $0.handle = handle.take() }
    }

    private func fail(_ error: MQTTError) {
        outcome.withLock { $0.error = error }
    }

    /// The connected handle, once; `nil` while it is still connecting. Throws why it could not.
    func take() throws(MQTTError) -> MosquittoHandle? {
        var handle: MosquittoHandle?
        var error: MQTTError?
        outcome.withLock { outcome in
            handle = outcome.handle.take()
            error = outcome.error
        }
        if let error { throw error }
        return handle
    }
}
