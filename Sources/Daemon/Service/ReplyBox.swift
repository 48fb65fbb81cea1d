import Foundation

/// Hands one answer from the broker thread to a thread that waits for it.
final class ReplyBox<Reply: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private let ready = DispatchSemaphore(value: 0)
    private var reply: Reply?

    func put(_ value: Reply) {
        lock.withLock { reply = value }
        ready.signal()
    }

    func take(within seconds: Double) -> Reply? {
        guard ready.wait(timeout: .now() + seconds) == .success else { return nil }
        return lock.withLock { reply }
    }
}
