import Foundation
import Fusion
import Signals

/// Windows on their way into a training, on disk: a recording may be longer than memory.
///
/// What stays in memory is 24 bytes a window; beyond `windowsMax` every second block of windows is
/// let go, over and over, so that any length of time is covered evenly.
final class WindowSpool {
    private(set) var assets: [AssetName] = []
    private var numberOfAsset: [AssetName: Int32] = [:]
    private var places: [Place] = []
    private let file: ScratchFile
    private let windowsMax: Int
    private var offered = 0
    private var stride = 1

    private struct Place {
        var offset: Int64
        var length: Int32
        var asset: Int32
        var start: Int64
    }

    /// Windows of a block, as long as the trainer's own blocks of time.
    private static let block = 64

    init(folder: String, windowsMax: Int) throws {
        file = try ScratchFile(folder: folder, name: "windows")
        self.windowsMax = windowsMax
    }

    /// One asset's windows of another spool.
    init(_ other: WindowSpool, only asset: AssetName) {
        file = other.file
        windowsMax = other.windowsMax
        assets = [asset]
        let number = other.numberOfAsset[asset]
        places = other.places.filter { $0.asset == number }.map { place in
            var place = place
            place.asset = 0
            return place
        }
    }

    var count: Int { places.count }

    /// Takes one window; those without data teach nothing and are left out.
    func add(_ summary: WindowSummary, of asset: AssetName) throws {
        guard summary.isSpeaking else { return }
        defer { offered += 1 }
        guard (offered / Self.block).isMultiple(of: stride) else { return }
        let number = numberOfAsset[asset] ?? Int32(assets.count)
        if numberOfAsset[asset] == nil {
            numberOfAsset[asset] = number
            assets.append(asset)
        }
        let bytes = summary.encoded
        let offset = try file.append(bytes)
        places.append(
            Place(
                offset: offset, length: Int32(bytes.count), asset: number,
                start: summary.start.nanoseconds))
        guard places.count > windowsMax else { return }
        stride *= 2
        places = places.enumerated().filter { ($0.offset / Self.block).isMultiple(of: 2) }
            .map(\.element)
    }

    func window(_ index: Int) throws -> WindowSummary {
        let place = places[index]
        return try WindowSummary(
            encoded: try file.read(at: place.offset, count: Int(place.length)))
    }

    func asset(of index: Int) -> Int { Int(places[index].asset) }
    func start(of index: Int) -> EventTime { EventTime(nanoseconds: places[index].start) }

    /// Event time of the earliest and of the latest window.
    var range: (from: EventTime, to: EventTime)? {
        guard let first = places.map(\.start).min(), let last = places.map(\.start).max() else {
            return nil
        }
        return (EventTime(nanoseconds: first), EventTime(nanoseconds: last))
    }

    /// The usual distance from one window to the next.
    var hop: Duration {
        var nearest = Int64.max
        for (a, b) in zip(places, places.dropFirst()) where a.asset == b.asset && b.start > a.start
        {
            nearest = min(nearest, b.start - a.start)
        }
        return nearest == .max ? .seconds(1) : .nanoseconds(nearest)
    }
}

/// A file that goes with its owner.
final class ScratchFile {
    private let descriptor: Int32
    private var end: Int64 = 0
    private var pending: [UInt8] = []

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Makes it in `folder` and takes its name away at once: whatever happens, nothing is left.
    init(folder: String, name: String) throws {
        let path = folder + "/" + name
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failed(
                description:
                    "could not make the working file \(path): \(String(cString: strerror(errno)))")
        }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Returns where it begins.
    func append(_ bytes: [UInt8]) throws -> Int64 {
        let offset = end + Int64(pending.count)
        pending.append(contentsOf: bytes)
        if pending.count >= 1 << 20 { try flush() }
        return offset
    }

    func append(_ numbers: [Float]) throws {
        _ = try numbers.withUnsafeBytes { try append(Array($0)) }
    }

    func flush() throws {
        var written = 0
        while written < pending.count {
            let count = pending[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(end))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Failed(
                    description:
                        "could not write the working file: \(String(cString: strerror(errno))). Name a folder with room by TMPDIR."
                )
            }
            written += count
            end += Int64(count)
        }
        pending.removeAll(keepingCapacity: true)
    }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws {
        if offset + Int64(buffer.count) > end { try flush() }
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Failed(
                    description:
                        "could not read the working file: \(String(cString: strerror(errno)))")
            }
            done += count
        }
    }

    func read(at offset: Int64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try read(at: offset, into: $0) }
        return bytes
    }
}
