package import LinearAlgebra
package import Signals

// Every window against one direction: a product of the pack's bytes with it.
extension WindowPack {
    /// Offers all windows that `filter` takes and whose view is there.
    ///
    /// - Parameters:
    ///   - direction: what is looked for, in this pack's space.
    ///   - view: what of a window it is compared with.
    ///   - filter: which windows count.
    ///   - number: of this pack, for the hits.
    ///   - best: keeps the best of them.
    package func search(
        _ direction: ByteQuery, view: RecallQuery.View, filter: RecallFilter, number: Int,
        into best: inout BestWindows
    ) {
        guard filter.reaches(self) else { return }
        let isWhole = filter.isWhole(self)
        var cosines = [Float](repeating: 0, count: count)
        guard fill(&cosines, direction, view: view) else { return }
        var floor = best.floor
        for index in 0..<count where cosines[index] >= floor {
            // Also where the view is away: −∞ passes a floor of −∞ alone.
            guard cosines[index] > -.infinity, isWhole || filter.takes(self, index) else {
                continue
            }
            best.offer(hit(index, number: number, cosines[index]))
            floor = best.floor
        }
    }

    func hit(_ index: Int, number: Int, _ similarity: Float) -> RecallHit {
        RecallHit(
            pack: number, index: index, asset: asset, start: start(index), similarity: similarity)
    }

    /// The cosine of every window's view, −∞ where it is away; `false` when no window has it.
    private func fill(
        _ cosines: inout [Float], _ direction: ByteQuery, view: RecallQuery.View
    ) -> Bool {
        guard direction.numbers.count == width else { return false }
        switch view {
        case .sense(let name):
            guard let column = columns.first(where: { $0.name == name }) else { return false }
            if column.places.count == count {
                column.places.cosines(of: 0..<count, with: direction, into: &cosines)
                return true
            }
            var rows = [Float](repeating: 0, count: column.places.count)
            column.places.cosines(of: 0..<rows.count, with: direction, into: &rows)
            for index in 0..<count {
                let row = column.rows[index]
                cosines[index] = row < 0 ? -.infinity : rows[Int(row)]
            }
            return !rows.isEmpty
        case .anchor:
            precondition(anchorScales.count == count, "the anchors have been prepared")
            var rows: [Float] = []
            for column in columns where column.places.count > 0 {
                if rows.count < column.places.count {
                    rows = [Float](repeating: 0, count: column.places.count)
                }
                column.places.cosines(of: 0..<column.places.count, with: direction, into: &rows)
                if column.places.count == count {
                    for index in 0..<count { cosines[index] += rows[index] }
                    continue
                }
                for index in 0..<count where column.rows[index] >= 0 {
                    cosines[index] += rows[Int(column.rows[index])]
                }
            }
            for index in 0..<count {
                cosines[index] =
                    anchorScales[index] > 0 ? cosines[index] * anchorScales[index] : -.infinity
            }
            return true
        }
    }

    /// The cosine of one window's view with a direction; `nil` where the view is away.
    package func similarity(
        of index: Int, to direction: ByteQuery, view: RecallQuery.View
    ) -> Float? {
        guard direction.numbers.count == width else { return nil }
        switch view {
        case .sense(let name):
            guard let column = columns.first(where: { $0.name == name }), column.rows[index] >= 0
            else { return nil }
            return column.places.cosine(Int(column.rows[index]), with: direction)
        case .anchor:
            var sum: Float = 0
            for column in columns where column.rows[index] >= 0 {
                sum += column.places.cosine(Int(column.rows[index]), with: direction)
            }
            let scale = anchorScales.isEmpty ? anchorScale(index) : anchorScales[index]
            return scale > 0 ? sum * scale : nil
        }
    }

    /// The stored bytes of one sense in a window; `nil` where it was away.
    func bytes(of name: StreamName, in index: Int) -> ArraySlice<Int8>? {
        guard let column = columns.first(where: { $0.name == name }), column.rows[index] >= 0
        else { return nil }
        return column.places.row(Int(column.rows[index]))
    }

    /// One window's view as a unit vector; `nil` where it is away.
    package func direction(of index: Int, view: RecallQuery.View) -> [Float]? {
        switch view {
        case .sense(let name):
            guard let column = columns.first(where: { $0.name == name }), column.rows[index] >= 0
            else { return nil }
            return column.places.direction(Int(column.rows[index]))
        case .anchor:
            var sum = [Float](repeating: 0, count: width)
            for column in columns where column.rows[index] >= 0 {
                let place = column.places.direction(Int(column.rows[index]))
                for j in 0..<width { sum[j] += place[j] }
            }
            let length = norm(sum)
            return length > 1e-6 ? normalised(sum) : nil
        }
    }

    /// Cosine of one sense to the centroid of the others in a window; `nil` for a sense alone.
    package func agreement(of name: StreamName, in index: Int) -> Float? {
        guard let own = direction(of: index, view: .sense(name)) else { return nil }
        var others = [Float](repeating: 0, count: width)
        for column in columns where column.name != name && column.rows[index] >= 0 {
            let place = column.places.direction(Int(column.rows[index]))
            for j in 0..<width { others[j] += place[j] }
        }
        return norm(others) > 1e-6 ? Float(cosine(own, others)) : nil
    }

    /// Works out the lengths of all anchors, which searches of that view need; kept from then on.
    package mutating func prepareAnchors() {
        guard anchorScales.count != count else { return }
        anchorScales = (0..<count).map(anchorScale)
    }

    private func anchorScale(_ index: Int) -> Float {
        // Nearly all windows have one sense or all of a few: no array for the single ones.
        let present = columns.count { $0.rows[index] >= 0 }
        if present <= 1 {
            guard let only = columns.first(where: { $0.rows[index] >= 0 }) else { return 0 }
            return only.places.inverseLengths[Int(only.rows[index])] > 0 ? 1 : 0
        }
        var sum = [Float](repeating: 0, count: width)
        for column in columns where column.rows[index] >= 0 {
            let row = Int(column.rows[index])
            let scale = column.places.inverseLengths[row]
            column.places.numbers.withUnsafeBufferPointer { numbers in
                for j in 0..<width { sum[j] += Float(numbers[row * width + j]) * scale }
            }
        }
        let length = norm(sum)
        return length > 1e-6 ? Float(1 / length) : 0
    }
}
