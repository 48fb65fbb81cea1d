import Foundation
import Fusion
import Learning
import Signals

/// A spool's windows as rows of numbers: in memory where the limit allows it, else on disk and read
/// batch by batch.
final class CorpusRows: TrainingRows, @unchecked Sendable {
    // Written in `init` only; reads of the files are positioned, so any thread may make them.
    let senses: [TrainingSense]
    let forms: [RowForm]
    private let columns: [Column]
    private let pace: @Sendable () -> Void
    private let assetOfRow: [Int32]
    private let timeOfRow: [Int32]

    private struct Column {
        /// By window; a sense that is missing has no row.
        var place: [Int32] = []
        var rows: Int32 = 0
        var memory: [Float] = []
        var file: ScratchFile?
    }

    var count: Int { assetOfRow.count }

    /// - Parameters:
    ///   - spool: windows.
    ///   - forms: how each sense is read; senses in order of their names.
    ///   - translations: of each asset's log terms, in the order of the spool's assets.
    ///   - folder: for the files of rows that memory has no room for.
    ///   - memoryMax: bytes that rows may take in memory.
    ///   - pace: called before every batch of a sense.
    ///   - progress: hears of windows done.
    /// - Throws: when the spool cannot be read or the disk is full.
    init(
        _ spool: WindowSpool, forms: [(name: StreamName, form: RowForm, sense: TrainingSense)],
        translations: [[StreamName: [UInt64: UInt64]]], folder: String, memoryMax: Int,
        pace: @escaping @Sendable () -> Void = {},
        progress: (Int, Int) -> Void
    ) throws {
        senses = forms.map(\.sense)
        self.forms = forms.map(\.form)
        let hop = max(1, spool.hop.nanoseconds)
        let widths = forms.map(\.form.width)
        let bytes = spool.count * widths.reduce(0, +) * 4
        let isInMemory = bytes <= memoryMax
        var columns = forms.map { _ in Column() }
        if !isInMemory {
            for m in forms.indices {
                columns[m].file = try ScratchFile(folder: folder, name: "rows-\(m)")
            }
        }
        let readers = spool.assets.indices.map { asset in
            forms.map { RowReader($0.form, translation: translations[asset][$0.name] ?? [:]) }
        }
        var assets: [Int32] = []
        var times: [Int32] = []
        let first = spool.range?.from ?? EventTime(nanoseconds: 0)
        for index in 0..<spool.count {
            if index.isMultiple(of: 1024) { progress(index, spool.count) }
            let window = try spool.window(index)
            let asset = spool.asset(of: index)
            assets.append(Int32(asset))
            times.append(Int32(clamping: (window.start - first).nanoseconds / hop))
            for (m, form) in forms.enumerated() {
                guard let summary = window.streams[form.name],
                    let row = readers[asset][m].row(of: summary)
                else {
                    columns[m].place.append(-1)
                    continue
                }
                columns[m].place.append(columns[m].rows)
                columns[m].rows += 1
                if let file = columns[m].file {
                    try file.append(row)
                } else {
                    columns[m].memory.append(contentsOf: row)
                }
            }
        }
        for column in columns { try column.file?.flush() }
        self.columns = columns
        self.pace = pace
        assetOfRow = assets
        timeOfRow = times
    }

    func asset(of row: Int) -> Int { Int(assetOfRow[row]) }
    func time(of row: Int) -> Int { Int(timeOfRow[row]) }
    func isPresent(_ sense: Int, in row: Int) -> Bool { columns[sense].place[row] >= 0 }

    func fill(
        _ rows: [Int], sense: Int, into numbers: UnsafeMutableBufferPointer<Float>
    ) throws {
        pace()
        let width = forms[sense].width
        let column = columns[sense]
        for (k, row) in rows.enumerated() {
            let place = Int(column.place[row])
            let target = UnsafeMutableBufferPointer(
                rebasing: numbers[k * width..<(k + 1) * width])
            if let file = column.file {
                try file.read(
                    at: Int64(place) * Int64(width) * 4,
                    into: UnsafeMutableRawBufferPointer(target))
            } else {
                column.memory.withUnsafeBufferPointer {
                    _ = target.update(fromContentsOf: $0[place * width..<(place + 1) * width])
                }
            }
        }
    }
}
