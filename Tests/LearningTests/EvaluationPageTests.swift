import Foundation
import FoundationXML
import Learning
import LinearAlgebra
import Signals
import Testing

/// What an XML parser makes of a document.
private final class Reading: NSObject, XMLParserDelegate {
    var text = ""
    var elements: [String: Int] = [:]
    var attributes: [String] = []

    static func read(_ html: String) throws -> Reading {
        let reading = Reading()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = reading
        try #require(
            parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
        return reading
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        self.attributes += attributes.values
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}

/// A page with everything on it, in which every text is `text`.
func samplePage(seed: UInt64, text: String? = nil, points: Int = 600) -> EvaluationPage {
    var random = SeededGenerator(seed: seed)
    var page = EvaluationPage(title: text ?? "Models of press-1")
    page.introduction = [
        text ?? "Three models on 1,200 windows of one morning, 300 of them with a fault."
    ]
    page.tables = [
        PageTable(
            title: text ?? "Models",
            columns: [
                .init(text ?? "R@1"), .init(text ?? "R@5"), .init(text ?? "MRR"),
                .init(text ?? "uniformity", digits: 2, better: .lower), .init(text ?? "AUC"),
                .init(text ?? "AP"),
            ],
            rows: ["centroid", "all-pairs", "linear", "camera alone"].enumerated().map { k, name in
                let loss = Double(k) * 0.03
                return .init(
                    text ?? name,
                    [
                        k == 3 ? nil : 0.62 - loss, k == 3 ? nil : 0.91 - loss, 0.74 - loss,
                        -3.1 + loss, 0.991 - loss, k == 2 ? .nan : 0.96 - loss,
                    ])
            })
    ]
    page.curves = [
        CurvePlot(
            title: text ?? "Loss", xName: text ?? "epoch", yName: text ?? "loss",
            curves: ["training", "validation"].enumerated().map { k, name in
                .init(
                    text ?? name, (1...40).map { (Double($0), 3 / Double($0 + 2) + Double(k) / 9) })
            }),
        CurvePlot(
            title: text ?? "Recall", xName: text ?? "epoch", yName: text ?? "R@1",
            curves: [.init(text ?? "validation", (1...40).map { (Double($0), 1 - 1 / Double($0)) })]
        ),
        CurvePlot(title: text ?? "Nothing", xName: "", yName: "", curves: []),
    ]
    let u = gaussian(points, 8, using: &random)
    page.agreements = ["camera and audio", "camera and log", "audio and log"].enumerated().map {
        AgreementPlot(
            title: text ?? $1,
            agreement: Agreement(
                u, sum(u, 0.2 + Double($0) * 0.3, gaussian(points, 8, using: &random))))
    }
    let map = PlaneMap(fitting: u)
    page.map = MapPlot(
        points: map.points(u).enumerated().map { i, point in
            .init(
                x: point.x, y: point.y, asset: text ?? "press-\(i % 11)",
                sense: text ?? ["camera", "audio", "log"][i % 3],
                label: text ?? (point.x > 1 ? "lag" : "normal"))
        }, share: map.share)
    return page
}

@Suite struct EvaluationPageTests {
    @Test(
        "Whatever a text holds, the page stays well-formed and shows it",
        arguments: [
            "<script>alert(1)</script>", "\"'>&amp;<b>", "]]>", "</title></style>",
            "grün 模 \u{1F600}",
            "onload=\"x\"", "&#0;",
        ])
    func textsAreEscaped(text: String) throws {
        let page = samplePage(seed: 1, text: text)
        let reading = try Reading.read(page.html)
        #expect(reading.text.components(separatedBy: text).count > 20)
        let plain = try Reading.read(samplePage(seed: 1, text: "x").html)
        #expect(reading.elements == plain.elements)
        #expect(reading.elements["script"] == nil)
        #expect(reading.attributes.contains { $0.contains(text) })
    }

    @Test("Characters that no document may hold are replaced")
    func controlCharactersAreReplaced() throws {
        let reading = try Reading.read(samplePage(seed: 1, text: "a\u{0}b\u{1B}c\u{FFFF}d").html)
        #expect(reading.text.contains("a\u{FFFD}b\u{FFFD}c\u{FFFD}d"))
    }

    @Test("The page needs nothing but itself")
    func nothingIsFetched() throws {
        let html = samplePage(seed: 2).html
        let reading = try Reading.read(html)
        for name in ["script", "link", "img", "iframe", "image", "use", "object"] {
            #expect(reading.elements[name] == nil, "\(name)")
        }
        for text in ["url(", "@import", "src=", "href=", "javascript:"] {
            #expect(!html.contains(text), "\(text)")
        }
    }

    @Test("Equal values give an equal page", arguments: UInt64(0)..<4)
    func pagesAreReproducible(seed: UInt64) {
        #expect(samplePage(seed: seed).html == samplePage(seed: seed).html)
    }

    @Test("A page without anything is a page")
    func emptyPages() throws {
        var page = EvaluationPage(title: "")
        _ = try Reading.read(page.html)
        page.map = MapPlot(points: [], share: 0)
        page.curves = [
            CurvePlot(
                title: "t", xName: "x", yName: "y",
                curves: [.init("c", [(.nan, 1), (1, .infinity)]), .init("d", [(1, 1)])])
        ]
        let none = Matrix(rows: 0, columns: 2)
        page.agreements = [AgreementPlot(title: "t", agreement: Agreement(none, none))]
        let reading = try Reading.read(page.html)
        #expect(!reading.attributes.contains { $0.contains("nan") || $0.contains("inf") })
    }

    @Test("A map of many points is thinned out, and says so")
    func mapsAreThinned() throws {
        let reading = try Reading.read(samplePage(seed: 3, points: 9001).html)
        #expect(reading.elements["circle"] == 3001)
        #expect(reading.text.contains("9001 embeddings, one in 3 shown"))
    }

    @Test("The best of a column is marked once, and equals are marked alike")
    func bestIsMarked() throws {
        var page = EvaluationPage(title: "t")
        page.tables = [
            PageTable(
                title: "t",
                columns: [.init("a"), .init("b", better: .lower), .init("c", better: nil)],
                rows: [.init("x", [1, 0.5, 1]), .init("y", [1.0001, 0.7, nil])])
        ]
        #expect(try Reading.read(page.html).elements["strong"] == 3)
    }
}
