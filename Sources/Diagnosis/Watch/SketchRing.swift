import LinearAlgebra
import Signals

/// The newest sketches of one asset, one after the other in one piece of memory.
///
/// Of windows under one model only: another one's directions are others.
package struct SketchRing: Sendable {
    private var model = ""
    private var places: [SketchPlace] = []
    private var recordBytes = 0
    private var bytes: [UInt8] = []
    /// Records from the oldest on, from `first` on and round.
    private var first = 0
    package private(set) var count = 0
    /// Number of hops since 1970 that records count from, and of the newest one.
    private var origin = 0
    private var newest = Int.min

    package init() {}

    /// Bytes of one window.
    package var windowBytes: Int { recordBytes }
    package var byteCount: Int { bytes.capacity }

    /// Takes the next window; the oldest go where there are more than fit into `share` bytes, or than
    /// `windowsMax`. So many stay in any case that there is something to see.
    ///
    /// - Parameters:
    ///   - sketch: later than those before it; others are left out.
    ///   - model: hash of the one that its directions are of; a new one empties the ring.
    ///   - hop: from one window to the next.
    ///   - share: of the memory for all.
    ///   - windowsMax: kept at most.
    package mutating func append(
        _ sketch: WindowSketch, model: String, hop: Duration, sharing share: Int = .max,
        windowsMax: Int
    ) {
        let slot = Int((Double(sketch.start.nanoseconds) / Double(hop.nanoseconds)).rounded())
        let own = sketch.senses.map(\.place)
        if model != self.model || own != places {
            self = SketchRing()
            self.model = model
            places = own
            recordBytes = own.reduce(MemoryLayout<Int32>.size) { $0 + $1.byteCount }
            origin = slot
        }
        guard slot > newest, let offset = Int32(exactly: slot - origin) else { return }
        newest = slot
        let capacity = max(Self.windowsLeast, min(windowsMax, share / max(1, recordBytes)))
        if count > capacity { keep(capacity) }
        if count == capacity {
            write(sketch, offset, at: first * recordBytes)
            first = (first + 1) % count
        } else {
            if first > 0 { keep(count) }
            if bytes.capacity < (count + 1) * recordBytes {
                // Half as much again, not twice: it is to fit into what there is for all.
                bytes.reserveCapacity(min(capacity, count * 3 / 2 + 16) * recordBytes)
            }
            bytes.append(contentsOf: repeatElement(0, count: recordBytes))
            write(sketch, offset, at: count * recordBytes)
            count += 1
        }
    }

    /// Empties it: what it holds was stamped otherwise.
    package mutating func removeAll() { self = SketchRing() }

    /// What a diagnosis needs, and a little for gaps.
    package static let windowsLeast = 128

    /// Puts the newest `most` records at the beginning, oldest first.
    private mutating func keep(_ most: Int) {
        let kept = min(most, count)
        var moved: [UInt8] = []
        moved.reserveCapacity(kept * recordBytes)
        for k in count - kept..<count {
            let at = (first + k) % count * recordBytes
            moved += bytes[at..<at + recordBytes]
        }
        bytes = moved
        first = 0
        count = kept
    }

    private mutating func write(_ sketch: WindowSketch, _ offset: Int32, at place: Int) {
        bytes.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: offset, toByteOffset: place, as: Int32.self)
            var at = place + MemoryLayout<Int32>.size
            for sense in sketch.senses {
                raw[at] = sense.directions.isEmpty ? 0 : 1
                for (k, value) in sense.directions.prefix(sense.place.width).enumerated() {
                    raw[at + 1 + k] = UInt8(bitPattern: value)
                }
                let signature = at + 1 + sense.place.width
                for (k, value) in sense.signature.enumerated() {
                    raw.storeBytes(of: value, toByteOffset: signature + 4 * k, as: Float.self)
                }
                at += sense.place.byteCount
            }
        }
    }

    /// The senses' tracks, and what tells copies.
    func tracked(_ asset: AssetName, settings: DiagnosisSettings) -> TrackedAsset {
        var slots: [Int] = []
        for k in 0..<count {
            let at = (first + k) % count * recordBytes
            slots.append(origin + Int(read(Int32.self, at)))
        }
        var tracks: [SenseTrack] = []
        var values: [StreamValues] = []
        var place = MemoryLayout<Int32>.size
        for sense in places {
            let present = (0..<count).filter { k in
                bytes[(first + k) % count * recordBytes + place] == 1
            }
            if let track = track(of: sense, at: place, present, slots, settings) {
                tracks.append(track)
            }
            if sense.isVector, present.count >= settings.windowsMin {
                var rows: [Int: [Float]] = [:]
                for k in present {
                    let at = (first + k) % count * recordBytes + place + 1 + sense.width
                    rows[slots[k]] = (0..<WindowSketch.signatureCount).map {
                        read(Float.self, at + 4 * $0)
                    }
                }
                values.append(StreamValues(asset: asset, stream: sense.stream, rows: rows))
            }
            place += sense.byteCount
        }
        return TrackedAsset(asset: asset, tracks: tracks, values: values)
    }

    /// As `SenseTrack` makes it of whole windows; `nil` where it has too few, or never moved.
    private func track(
        of sense: SketchPlace, at place: Int, _ present: [Int], _ slots: [Int],
        _ settings: DiagnosisSettings
    ) -> SenseTrack? {
        let width = min(sense.width, settings.componentsMax, present.count / 20)
        guard present.count >= settings.windowsMin, width > 0 else { return nil }
        var raw = Matrix(rows: present.count, columns: width)
        for (i, k) in present.enumerated() {
            let at = (first + k) % count * recordBytes + place + 1
            for j in 0..<width {
                raw[i, j] =
                    Double(Int8(bitPattern: bytes[at + j])) / Double(WindowSketch.stepsPerDeviation)
            }
        }
        return raw.whitened(limit: 5).map {
            SenseTrack(stream: sense.stream, slots: present.map { slots[$0] }, rows: $0)
        }
    }

    private func read<Value: BitwiseCopyable>(_ type: Value.Type, _ at: Int) -> Value {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: type) }
    }
}

/// One asset's senses as a diagnosis looks at them.
struct TrackedAsset: Sendable {
    let asset: AssetName
    let tracks: [SenseTrack]
    let values: [StreamValues]
}
