import LinearAlgebra
import Signals

/// Windows spread evenly over a training, and what their senses say in components: what misalignment
/// is looked for in.
struct SampledSenses {
    /// Rows of the training, in order of asset and time, in whole blocks.
    let rows: [Int]
    /// By sense; `nil` for one that says nothing.
    let readers: [SenseComponents?]
    /// By sense, of all `rows`; zeros where it is missing.
    let components: [Matrix]
    /// By sense and sampled row.
    let isPresent: [[Bool]]
    let assets: [Int]
    let times: [Int]

    /// Windows of a block, which stay together.
    static let block = 32
    static let folds = 4
    private static let rowsMax = 16_384

    /// - Parameters:
    ///   - source: all windows.
    ///   - known: readers of another sample of the same windows; `nil` to learn them.
    /// - Throws: what `source` throws.
    init(of source: some TrainingRows, readers known: [SenseComponents?]? = nil) throws {
        let senses = source.senses.indices
        let usable = (0..<source.count).filter { row in
            senses.count { source.isPresent($0, in: row) } >= 2
        }.sorted {
            (source.asset(of: $0), source.time(of: $0), $0)
                < (source.asset(of: $1), source.time(of: $1), $1)
        }
        let blocks = stride(from: 0, to: usable.count, by: Self.block).map {
            Array(usable[$0..<min(usable.count, $0 + Self.block)])
        }
        let most = Self.rowsMax / Self.block
        let chosen =
            blocks.count > most
            ? (0..<most).flatMap { blocks[$0 * blocks.count / most] } : usable
        let readers =
            try known
            ?? senses.map { sense in
                try SenseComponents(
                    of: source, sense: sense,
                    sample: chosen.filter { source.isPresent(sense, in: $0) })
            }
        try self.init(reading: chosen, of: source, readers: readers)
    }

    /// These rows alone, as known readers read them.
    init(reading chosen: [Int], of source: some TrainingRows, readers: [SenseComponents?]) throws {
        rows = chosen
        self.readers = readers
        assets = chosen.map(source.asset(of:))
        times = chosen.map(source.time(of:))
        let senses = source.senses.indices
        let isPresent = senses.map { sense in
            chosen.map { source.isPresent(sense, in: $0) }
        }
        self.isPresent = isPresent
        components = try senses.map { sense in
            guard let reader = readers[sense] else {
                return Matrix(rows: chosen.count, columns: 0)
            }
            var all = Matrix(rows: chosen.count, columns: reader.count)
            let present = chosen.indices.filter { isPresent[sense][$0] }
            let said = try reader.components(of: source, present.map { chosen[$0] })
            for (k, i) in present.enumerated() {
                for j in 0..<reader.count { all[i, j] = said[k, j] }
            }
            return all
        }
    }

    /// Senses that say something at all.
    var speaking: [Int] { readers.indices.filter { readers[$0] != nil } }

    /// The part of a window in cross-fitting, by its block: neighbours are in one part.
    static func fold(time: Int) -> Int { time / block % folds }

    /// Sampled rows where both are present.
    func pairs(_ x: Int, _ y: Int) -> [Int] {
        rows.indices.filter { isPresent[x][$0] && isPresent[y][$0] }
    }
}

extension Matrix {
    /// The first `count` columns.
    func prefix(columns count: Int) -> Matrix {
        guard count < columns else { return self }
        return Matrix(
            rows: rows, columns: count,
            elements: (0..<rows).flatMap { row($0).prefix(count) })
    }
}
