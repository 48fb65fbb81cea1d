/// A table of the page. The best number of a column is set in bold and marked with a star.
package struct PageTable: Sendable {
    package struct Column: Sendable {
        package let name: String
        /// Digits after the point.
        package let digits: Int
        /// Which end of the column is good; `nil` when neither is.
        package let better: Better?

        package init(_ name: String, digits: Int = 3, better: Better? = .higher) {
            self.name = name
            self.digits = digits
            self.better = better
        }
    }

    package enum Better: Sendable {
        case higher
        case lower
    }

    package struct Row: Sendable {
        package let name: String
        /// One per column; `nil` where there is nothing to say.
        package let values: [Double?]

        package init(_ name: String, _ values: [Double?]) {
            self.name = name
            self.values = values
        }
    }

    package let title: String
    package let columns: [Column]
    package let rows: [Row]

    package init(title: String, columns: [Column], rows: [Row]) {
        precondition(
            rows.allSatisfy { $0.values.count == columns.count }, "one value per column in a row")
        self.title = title
        self.columns = columns
        self.rows = rows
    }

    var markup: Markup {
        let best = columns.indices.map(best(inColumn:))
        let head = columns.map { column -> Markup in "<th scope=\"col\">\(column.name)</th>" }
        let body = rows.map { row -> Markup in
            let cells = columns.indices.map { k -> Markup in
                guard let value = row.values[k] else { return "<td class=\"none\">–</td>" }
                let text = fixed(value, digits: columns[k].digits)
                return text == best[k] ? "<td><strong>\(text)</strong></td>" : "<td>\(text)</td>"
            }
            return "<tr><th scope=\"row\">\(row.name)</th>\(cells)</tr>"
        }
        return """
            <section><h2>\(title)</h2>
            <div class="wide" tabindex="0" role="region" aria-label="\(title)"><table>
            <thead><tr><td></td>
            \(head)</tr></thead>
            <tbody>
            \(body)</tbody>
            </table></div></section>
            """
    }

    /// The best number of a column as it is printed: what looks equal is equally good.
    private func best(inColumn k: Int) -> String? {
        guard rows.count > 1, let better = columns[k].better else { return nil }
        let values = rows.compactMap { $0.values[k] }.filter(\.isFinite)
        let best = better == .higher ? values.max() : values.min()
        return best.map { fixed($0, digits: columns[k].digits) }
    }
}
