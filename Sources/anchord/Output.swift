import Foundation

/// Lines into a file or, as `-`, standard output; buffered.
final class LineOutput {
    private let handle: FileHandle
    private let path: String
    private var buffer: [UInt8] = []

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    init(path: String) throws {
        self.path = path
        if path == "-" {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw Failed(
                description:
                    "could not write \(path): the folder is missing or not writable. Name a file in a folder you may write to."
            )
        }
        self.handle = handle
    }

    func write(_ line: String) throws {
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 1 << 16 { try flush() }
    }

    func write(bytes: [UInt8]) throws {
        buffer.append(contentsOf: bytes)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 1 << 16 { try flush() }
    }

    func flush() throws {
        guard !buffer.isEmpty else { return }
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            throw Failed(description: "could not write to \(path): \(error.localizedDescription)")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    func close() throws {
        try flush()
        if path != "-" { try handle.close() }
    }
}

/// One line on standard error that tells how far a long work is; silent when that is no terminal.
final class ProgressBar {
    private let isShown = isatty(STDERR_FILENO) != 0
    private let began = ContinuousClock.now
    private var shown = -1

    func show(_ name: String, done: Int, of total: Int?) {
        guard isShown else { return }
        let seconds = began.duration(to: .now) / .seconds(1)
        guard Int(seconds * 10) != shown else { return }
        shown = Int(seconds * 10)
        let megabytes = done >> 20
        var text = "\r\u{1B}[K\(name): \(megabytes) MB"
        if let total, total > 0, done > 0 {
            let share = min(1, Double(done) / Double(total))
            let filled = Int(share * 30)
            let bar =
                String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
            let left = Int(seconds / share * (1 - share))
            text += " [\(bar)] \(Int(share * 100)) %, \(left) s left"
        }
        FileHandle.standardError.write(Data(text.utf8))
    }

    func clear() {
        guard isShown, shown >= 0 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}

/// One answer on standard output, its names in snake_case as in all that anchord publishes.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
