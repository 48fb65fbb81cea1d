package import LinearAlgebra
package import Signals

/// Many remembered windows of one asset and one space, column by column.
///
/// In: windows in order of their start. Out: the same windows, in seven bytes and a byte for each number
/// of each sense present; the form in which they are stored, read, and searched, without taking them apart.
/// Windows of different spaces, which are different models, never share a pack, and are never compared.
package struct WindowPack: Equatable, Sendable {
    package let asset: AssetName
    /// The trained model that all its assets share, or the asset's own linear model.
    package let space: String
    /// d: numbers of a place in the space.
    package let width: Int
    /// Milliseconds since 1970, rising.
    package internal(set) var starts: [Int64] = []
    /// Hundredths; `noScore` where there is none.
    var scores: [UInt16] = []
    package internal(set) var standings: [RememberedWindow.Standing] = []
    /// Sorted by name.
    package internal(set) var columns: [Column] = []
    /// `1 / ‖Σ zₘ‖` over the senses of each window; empty until `prepareAnchors`.
    var anchorScales: [Float] = []

    /// One sense's places.
    package struct Column: Equatable, Sendable {
        package let name: StreamName
        /// Of each window the row in `places`; −1 where the sense was away.
        var rows: [Int32]
        package var places: ByteVectors
        /// Of a log, a template for each row, `noTemplate` for none; empty of a vector.
        var templates: [UInt16] = []
    }

    /// More windows than this are another pack: what is read, written and thinned at a time.
    package static let windowsMax = 512
    /// Starts are kept as milliseconds since the first, in 32 bits.
    static let spanMaxMs = Int64(UInt32.max)
    static let noScore = UInt16.max
    static let noTemplate = UInt16.max
    /// Senses beyond these are not remembered: their presence is a bit each.
    package static let sensesMax = 64

    package init(asset: AssetName, space: String, width: Int) {
        self.asset = asset
        self.space = space
        self.width = width
    }

    package var count: Int { starts.count }
    package var isEmpty: Bool { starts.isEmpty }
    package var from: EventTime { EventTime(milliseconds: starts.first ?? 0) }
    /// The start of its last window.
    package var last: EventTime { EventTime(milliseconds: starts.last ?? 0) }

    /// Whether `window` can follow: of the same space, later, and in reach.
    package func takes(_ window: RememberedWindow) -> Bool {
        guard let first = starts.first, let last = starts.last else { return true }
        let start = window.start.milliseconds
        return start > last && start - first <= Self.spanMaxMs
    }

    /// `takes` said that it can follow; places of another width are left out.
    package mutating func append(_ window: RememberedWindow) {
        precondition(takes(window), "windows come in order")
        let index = count
        starts.append(window.start.milliseconds)
        scores.append(
            window.score.map { UInt16(min(max(0, $0 * 100), 65_534).rounded()) } ?? Self.noScore)
        standings.append(window.standing)
        anchorScales = []
        for column in columns.indices { columns[column].rows.append(-1) }
        for (name, place) in window.senses.sorted(by: { $0.key < $1.key })
        where place.bytes.count == width {
            guard let at = column(name, isLog: place.template != nil) else { continue }
            columns[at].rows[index] = Int32(columns[at].places.count)
            columns[at].places.append(place.bytes)
            if place.template != nil || !columns[at].templates.isEmpty {
                columns[at].templates.append(place.template ?? Self.noTemplate)
            }
        }
    }

    /// The place of a sense's column, which is made when it is new.
    private mutating func column(_ name: StreamName, isLog: Bool) -> Int? {
        let at = columns.firstIndex { $0.name >= name } ?? columns.count
        if at == columns.count || columns[at].name != name {
            guard columns.count < Self.sensesMax else { return nil }
            columns.insert(
                Column(
                    name: name, rows: [Int32](repeating: -1, count: count),
                    places: ByteVectors(width: width)), at: at)
        } else if isLog, columns[at].templates.isEmpty {
            // Its first line: none before.
            columns[at].templates = [UInt16](
                repeating: Self.noTemplate, count: columns[at].places.count)
        }
        return at
    }

    package func score(_ index: Int) -> Double? {
        scores[index] == Self.noScore ? nil : Double(scores[index]) / 100
    }

    package func start(_ index: Int) -> EventTime { EventTime(milliseconds: starts[index]) }

    package func window(_ index: Int) -> RememberedWindow {
        var senses: [StreamName: RememberedWindow.Place] = [:]
        for column in columns where column.rows[index] >= 0 {
            let row = Int(column.rows[index])
            let template = column.templates.isEmpty ? Self.noTemplate : column.templates[row]
            senses[column.name] = .init(
                bytes: Array(column.places.row(row)),
                template: template == Self.noTemplate ? nil : template)
        }
        return RememberedWindow(
            start: start(index), score: score(index), standing: standings[index], senses: senses)
    }

    /// The last window that does not start after `time`, when it starts after `time − within`.
    package func index(at time: EventTime, within: Duration) -> Int? {
        let limit = time.milliseconds
        guard let index = starts.lastIndex(where: { $0 <= limit }),
            time - start(index) < within
        else { return nil }
        return index
    }

    /// Those windows alone for which `keeps` holds.
    package func filtered(_ keeps: (Int) -> Bool) -> WindowPack {
        var other = WindowPack(asset: asset, space: space, width: width)
        for index in 0..<count where keeps(index) { other.append(window(index)) }
        return other
    }
}
