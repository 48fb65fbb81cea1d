/// An evaluation as one page for a browser: a table, and drawings of what stands behind it.
///
/// The page is complete in itself: no script, nothing fetched, so it can be mailed, archived and
/// opened on a machine without a network. It follows the reader's choice of light or dark.
package struct EvaluationPage: Sendable {
    package var title: String
    /// Paragraphs below the title: what was compared, on what.
    package var introduction: [String] = []
    package var tables: [PageTable] = []
    package var listings: [PageListing] = []
    package var curves: [CurvePlot] = []
    package var agreements: [AgreementPlot] = []
    package var map: MapPlot?

    package init(title: String) {
        self.title = title
    }

    /// The whole document, well-formed as HTML and as XML.
    package var html: String {
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(title)</title>
            <style>\(pageStyle)</style>
            </head>
            <body>
            <header><h1>\(title)</h1>
            \(introduction.map { text in "<p>\(text)</p>" as Markup })</header>
            <main>
            \(tables.map(\.markup))\(listings.map(\.markup))\(plots)</main>
            </body>
            </html>

            """
        return page.source
    }

    private var plots: Markup {
        let map: [Markup] = map.map { [Self.section("The unified space", $0.markup)] } ?? []
        let agreements: [Markup] =
            agreements.isEmpty
            ? [] : [Self.section("Agreement of senses", Self.grid(agreements.map(\.markup)))]
        let curves: [Markup] =
            curves.isEmpty ? [] : [Self.section("Training", Self.grid(curves.map(\.markup)))]
        return "\(agreements)\(map)\(curves)"
    }

    private static func section(_ heading: String, _ content: Markup) -> Markup {
        "<section><h2>\(heading)</h2>\n\(content)</section>"
    }

    private static func grid(_ figures: [Markup]) -> Markup {
        "<div class=\"grid\">\n\(figures)</div>\n"
    }
}
