/// Windows of a training with senses moved back to their time, and left out where they belong to
/// another window.
package struct MendedRows: TrainingRows {
    private let rows: any TrainingRows
    /// By sense, the row that its numbers come from; −1 for none. `nil` where it is not moved.
    private let sources: [[Int32]?]
    /// By row, senses left out, by bit.
    private let leftOut: [UInt64]

    package var senses: [TrainingSense] { rows.senses }
    package var count: Int { rows.count }
    package func asset(of row: Int) -> Int { rows.asset(of: row) }
    package func time(of row: Int) -> Int { rows.time(of: row) }

    /// - Parameters:
    ///   - rows: as they were recorded.
    ///   - lags: windows by which a sense of an asset is behind, by sense and asset.
    ///   - leftOut: by row, senses to leave out, by bit; empty for none.
    init(_ rows: any TrainingRows, lags: [Int: [Int: Int]], leftOut: [UInt64] = []) {
        self.rows = rows
        self.leftOut = leftOut
        struct Place: Hashable {
            let asset: Int
            let time: Int
        }
        var places: [Place: Int32] = [:]
        if !lags.isEmpty {
            for row in 0..<rows.count {
                places[Place(asset: rows.asset(of: row), time: rows.time(of: row))] = Int32(row)
            }
        }
        sources = rows.senses.indices.map { sense in
            guard let moved = lags[sense] else { return nil }
            return (0..<rows.count).map { row in
                let asset = rows.asset(of: row)
                guard let lag = moved[asset] else { return Int32(row) }
                return places[Place(asset: asset, time: rows.time(of: row) + lag)] ?? -1
            }
        }
    }

    /// The same, without these too.
    func leavingOut(_ more: [UInt64]) -> MendedRows { MendedRows(self, more) }

    private init(_ other: MendedRows, _ leftOut: [UInt64]) {
        rows = other.rows
        sources = other.sources
        self.leftOut = leftOut
    }

    package func isPresent(_ sense: Int, in row: Int) -> Bool {
        if !leftOut.isEmpty, leftOut[row] >> UInt64(sense) & 1 == 1 { return false }
        guard let source = sources[sense]?[row] else { return rows.isPresent(sense, in: row) }
        return source >= 0 && rows.isPresent(sense, in: Int(source))
    }

    package func fill(
        _ chosen: [Int], sense: Int, into numbers: UnsafeMutableBufferPointer<Float>
    ) throws {
        let moved = sources[sense].map { sources in chosen.map { Int(sources[$0]) } }
        try rows.fill(moved ?? chosen, sense: sense, into: numbers)
    }
}
