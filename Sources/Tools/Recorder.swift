import Intake
package import MQTT
import Signals
import Synchronization

/// Writes what a broker sends into a recording.
///
/// A message is acknowledged once it is handed to the file. Ends after so many messages, after so long,
/// or when it is asked to; what was written by then is whole.
package struct Recorder {
    package var broker: BrokerSettings
    package var topics: [String]
    package var path: String
    package var spanMax: Duration?
    package var messagesMax: Int?

    package init(
        broker: BrokerSettings, topics: [String], path: String, spanMax: Duration? = nil,
        messagesMax: Int? = nil
    ) {
        self.broker = broker
        self.topics = topics
        self.path = path
        self.spanMax = spanMax
        self.messagesMax = messagesMax
    }

    package struct Progress: Equatable, Sendable {
        package var messages = 0
        package var bytes = 0
        package var topics = 0
    }

    /// The file, behind a lock: written on the broker's thread, flushed and closed on ours.
    private final class Sink: Sendable {
        private struct State: ~Copyable {
            var file: RecordingFile
            var topics: Set<String> = []
            var progress = Progress()
            var isFull = false
        }

        private let state: Mutex<State>
        private let messagesMax: Int

        init(path: String, messagesMax: Int?) throws {
            state = Mutex(State(file: try RecordingFile(path: path)))
            self.messagesMax = messagesMax ?? .max
        }

        func write(_ batch: [Message]) throws {
            try state.withLock { state in
                for message in batch where state.progress.messages < messagesMax {
                    try state.file.write(message)
                    // Counting topics is for the eye; their number must not fill the memory.
                    if state.topics.count < 100_000 { state.topics.insert(message.topic) }
                    state.progress = Progress(
                        messages: state.file.messagesTotal, bytes: state.file.bytesTotal,
                        topics: state.topics.count)
                }
                state.isFull = state.progress.messages >= messagesMax
            }
        }

        var progress: Progress { state.withLock { $0.progress } }
        var isFull: Bool { state.withLock { $0.isFull } }
        func flush() throws { try state.withLock { try $0.file.flush() } }
        func close() throws { try state.withLock { try $0.file.close() } }
    }

    /// Records until the end. `report` is called about once a second, `note` when something happens.
    package func run(
        report: (Progress) -> Void, note: @escaping @Sendable (String) -> Void
    ) throws -> Progress {
        // First the file: a folder that is not writable should not cost a connection.
        let sink = try Sink(path: path, messagesMax: messagesMax)
        let session = ToolSession(
            broker, purpose: "record", subscriptions: topics, note: note,
            receive: { try sink.write($0) })
        try session.open()
        let began = ToolClock.now.elapsed
        let end = spanMax.map { began + $0.nanoseconds } ?? .max
        var nextReport = began
        while !sink.isFull, session.failure == nil {
            let now = ToolClock.now.elapsed
            guard now < end else { break }
            if now >= nextReport {
                nextReport += 1_000_000_000
                try sink.flush()
                report(sink.progress)
            }
            guard ToolClock.sleep(until: min(end, now + 20_000_000)) else { break }
        }
        session.close()
        try sink.close()
        if let failure = session.failure { throw ToolError(failure) }
        return sink.progress
    }
}
