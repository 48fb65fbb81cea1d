/// Which windows train and which are held back, in blocks of neighbouring windows: a single window
/// held back would be nearly in the training still, by its neighbours.
struct RowSplit: Equatable, Sendable {
    /// In order of asset and time.
    private(set) var training: [Int] = []
    private(set) var validation: [Int] = []

    /// Windows of a block at most.
    private static let blockMax = 64

    /// Windows with fewer than two senses are in neither part. Every k-th block of an asset is held
    /// back, with `k = 1 / share` rounded; assets begin at different ones.
    init(of rows: some TrainingRows, share: Double) {
        let senses = rows.senses.indices
        let usable = (0..<rows.count).filter { row in
            senses.count { rows.isPresent($0, in: row) } >= 2
        }
        let ordered = usable.sorted {
            (rows.asset(of: $0), rows.time(of: $0), $0) < (
                rows.asset(of: $1), rows.time(of: $1), $1
            )
        }
        guard share > 0 else {
            training = ordered
            return
        }
        let period = max(2, Int((1 / share).rounded()))
        var first = 0
        var assets = 0
        while first < ordered.count {
            let asset = rows.asset(of: ordered[first])
            let end = ordered[first...].firstIndex { rows.asset(of: $0) != asset } ?? ordered.count
            let block = min(Self.blockMax, max(1, (end - first) / (3 * period)))
            for k in first..<end {
                if ((k - first) / block + assets) % period == period / 2 {
                    validation.append(ordered[k])
                } else {
                    training.append(ordered[k])
                }
            }
            assets += 1
            first = end
        }
    }
}

/// Pairs of places in `rows` whose windows are of one asset and less than `gap` windows apart.
func nearPairs(_ rows: [Int], of source: some TrainingRows, gap: Int) -> [(Int, Int)] {
    guard gap > 0 else { return [] }
    let places = rows.indices.map {
        (asset: source.asset(of: rows[$0]), time: source.time(of: rows[$0]), place: $0)
    }.sorted { ($0.asset, $0.time, $0.place) < ($1.asset, $1.time, $1.place) }
    var pairs: [(Int, Int)] = []
    for k in places.indices {
        for later in places[(k + 1)...] {
            guard later.asset == places[k].asset, later.time - places[k].time < gap else { break }
            pairs.append((places[k].place, later.place))
        }
    }
    return pairs
}
