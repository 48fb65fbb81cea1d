import LinearAlgebra
package import Signals

// The stored form: columns, so that the numbers of a sense lie together and are compared where they lie.
extension WindowPack {
    private static let format: UInt8 = 1

    package struct Malformed: Error, CustomStringConvertible {
        package let reason: String
        package var description: String { "remembered windows are damaged: \(reason)" }
    }

    /// Asset and space are not in it: they are whose row it is in.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.format)
        writer.write(UInt16(width))
        writer.write(starts.first ?? 0)
        writer.write(starts.map { UInt32($0 - starts[0]) })
        writer.write(scores)
        writer.write(standings.map(\.rawValue))
        writer.write(UInt8(columns.count))
        for column in columns {
            writer.write(column.name.text)
            var presence = [UInt8](repeating: 0, count: (count + 7) / 8)
            for (index, row) in column.rows.enumerated() where row >= 0 {
                presence[index / 8] |= 1 << UInt8(index % 8)
            }
            // All present, as is usual, takes no room.
            writer.write(column.places.count == count ? [] : presence)
            writer.write(column.places.numbers)
            writer.write(column.templates)
        }
        return writer.bytes
    }

    /// - Throws: `Malformed` or `ByteReader.Truncated` for what `encoded` has not made.
    package init(encoded: [UInt8], asset: AssetName, space: String) throws {
        var reader = ByteReader(encoded)
        guard try reader.read(UInt8.self) == Self.format else {
            throw Malformed(reason: "they are of a version that is not known here")
        }
        let width = Int(try reader.read(UInt16.self))
        guard width > 0 else { throw Malformed(reason: "their space has no dimension") }
        self.init(asset: asset, space: space, width: width)
        let first = try reader.read(Int64.self)
        starts = try reader.readIntegers(UInt32.self).map { first + Int64($0) }
        scores = try reader.readIntegers(UInt16.self)
        standings = try reader.readIntegers(UInt8.self).map { .init(rawValue: $0) ?? .calm }
        guard scores.count == count, standings.count == count,
            zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw Malformed(reason: "their columns are not of one length") }
        for _ in 0..<(try reader.read(UInt8.self)) {
            let name = StreamName(try reader.readString())
            let presence = try reader.readIntegers(UInt8.self)
            let numbers = try reader.readIntegers(Int8.self)
            let templates = try reader.readIntegers(UInt16.self)
            guard numbers.count.isMultiple(of: width),
                presence.isEmpty || presence.count == (count + 7) / 8
            else { throw Malformed(reason: "\(name) has other windows than the rest") }
            var next: Int32 = 0
            let rows = (0..<count).map { index -> Int32 in
                guard presence.isEmpty || presence[index / 8] >> UInt8(index % 8) & 1 == 1 else {
                    return -1
                }
                defer { next += 1 }
                return next
            }
            guard Int(next) * width == numbers.count,
                templates.isEmpty || templates.count == Int(next)
            else { throw Malformed(reason: "\(name) has more or fewer windows than it says") }
            columns.append(
                Column(
                    name: name, rows: rows, places: ByteVectors(width: width, numbers: numbers),
                    templates: templates))
        }
        guard reader.isAtEnd else { throw Malformed(reason: "bytes are left over") }
    }
}
