/// A table of the page whose cells are words: a row for each thing that happened.
package struct PageListing: Sendable {
    package let title: String
    /// Said instead of a table without rows.
    package let whenEmpty: String
    package let columns: [String]
    package let rows: [[String]]

    package init(title: String, columns: [String], rows: [[String]], whenEmpty: String) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "one cell per column in a row")
        self.title = title
        self.columns = columns
        self.rows = rows
        self.whenEmpty = whenEmpty
    }

    var markup: Markup {
        guard !rows.isEmpty else {
            return "<section><h2>\(title)</h2>\n<p class=\"note\">\(whenEmpty)</p></section>"
        }
        let head = columns.map { column -> Markup in "<th scope=\"col\">\(column)</th>" }
        let body = rows.map { row -> Markup in
            let cells = row.map { cell -> Markup in "<td>\(cell)</td>" }
            return "<tr>\(cells)</tr>"
        }
        return """
            <section><h2>\(title)</h2>
            <div class="wide" tabindex="0" role="region" aria-label="\(title)"><table class="words">
            <thead><tr>
            \(head)</tr></thead>
            <tbody>
            \(body)</tbody>
            </table></div></section>
            """
    }
}
