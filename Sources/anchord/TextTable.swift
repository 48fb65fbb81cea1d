import Foundation
import Learning

extension PageTable {
    /// For a terminal: columns aligned, the best number of a column marked with a star.
    var text: String {
        let cells = rows.map { row in
            zip(row.values, columns).map { value, column in
                value.map { String(format: "%.\(column.digits)f", $0) } ?? "-"
            }
        }
        let best = columns.indices.map { k -> String? in
            let values = rows.compactMap { $0.values[k] }
            guard rows.count > 1, let better = columns[k].better,
                let value = better == .higher ? values.max() : values.min()
            else { return nil }
            return String(format: "%.\(columns[k].digits)f", value)
        }
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let widths = columns.indices.map { k in
            ([columns[k].name.count] + cells.map { $0[k].count }).max()! + 2
        }
        func left(_ text: String) -> String {
            text + String(repeating: " ", count: max(0, nameWidth - text.count))
        }
        func right(_ text: String, _ width: Int, mark: String = " ") -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text + mark
        }
        let head = zip(columns, widths).map { right($0.name, $1) }.joined()
        let body = zip(rows, cells).map { row, cells in
            let numbers = cells.enumerated().map { k, cell in
                right(cell, widths[k], mark: cell == best[k] ? "*" : " ")
            }
            return left(row.name) + numbers.joined()
        }
        return ([title, left("") + head] + body).map(Self.trimmedAtEnd).joined(separator: "\n")
    }

    fileprivate static func trimmedAtEnd(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}

extension PageListing {
    /// For a terminal: columns aligned, the last one as long as it is.
    var text: String {
        guard !rows.isEmpty else { return "\(title)\n\(whenEmpty)" }
        let widths = columns.indices.map { k in
            ([columns[k]] + rows.map { $0[k] }).map(\.count).max() ?? 0
        }
        let lines = ([columns] + rows).map { row in
            zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }.joined(separator: "  ")
        }
        return ([title] + lines.map(PageTable.trimmedAtEnd)).joined(separator: "\n")
    }
}
