/// Embeddings on a plane, coloured by what the reader chooses: asset, sense or label.
package struct MapPlot: Sendable {
    package struct Point: Sendable {
        package let x: Double
        package let y: Double
        package let asset: String
        package let sense: String
        package let label: String

        package init(x: Double, y: Double, asset: String, sense: String, label: String) {
            self.x = x
            self.y = y
            self.asset = asset
            self.sense = sense
            self.label = label
        }
    }

    package let points: [Point]
    /// How much of the variance the plane shows, from 0 to 1.
    package let share: Double

    /// More points than this are thinned out evenly: a browser should stay quick.
    package static let pointsMax = 4000

    package init(points: [Point], share: Double) {
        self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
        self.share = share
    }

    /// The choice is made by the page's style: each point is in one group of each kind.
    var markup: Markup {
        guard let x = range(of: points.map(\.x)), let y = range(of: points.map(\.y)) else {
            return "<p>Nothing to draw.</p>"
        }
        let step = max(1, (points.count + Self.pointsMax - 1) / Self.pointsMax)
        let drawn = stride(from: 0, to: points.count, by: step).map { points[$0] }
        let groups = [
            Groups(drawn.map(\.asset)), Groups(drawn.map(\.sense)), Groups(drawn.map(\.label)),
        ]
        let frame = PlotFrame(width: 860, height: 560, x: x.widened, y: y.widened)
        let dots = drawn.map { point -> Markup in
            """
            <circle class="a\(groups[0].index(of: point.asset)) \
            s\(groups[1].index(of: point.sense)) l\(groups[2].index(of: point.label))" \
            cx="\(frame.place(x: point.x))" cy="\(frame.place(y: point.y))" r="3">\
            <title>\(point.asset), \(point.sense), \(point.label)</title></circle>
            """
        }
        let thinned = step > 1 ? ", one in \(step) shown" : ""
        let note =
            "\(points.count) embeddings\(thinned); the plane shows "
            + "\(fixed(share * 100, digits: 0)) % of their variance."
        let controls: Markup = """
            <input type="radio" name="by" id="by-asset" checked="checked"/>\
            <label for="by-asset">by asset</label>
            <input type="radio" name="by" id="by-sense"/><label for="by-sense">by sense</label>
            <input type="radio" name="by" id="by-label"/><label for="by-label">by label</label>
            """
        return """
            <div class="map" role="group" aria-label="Colours of the map">
            \(controls)
            <svg viewBox="0 0 860 560" role="img" aria-label="Map of the space: \(note)">
            \(frame.axes(xName: "first direction", yName: "second direction"))
            \(dots)</svg>
            \(groups[0].legend("asset"))
            \(groups[1].legend("sense"))
            \(groups[2].legend("label"))
            <p class="note">\(note)</p></div>

            """
    }
}

extension ClosedRange<Double> {
    /// With a margin of a thirtieth on both sides, so that no dot touches the edge.
    fileprivate var widened: ClosedRange<Double> {
        let margin = (upperBound - lowerBound) / 30
        return lowerBound - margin...upperBound + margin
    }
}

/// The names of one kind as at most eight colours: the most frequent ones, and all others together.
private struct Groups {
    private let names: [String]
    private let indices: [String: Int]
    private let isFull: Bool

    init(_ members: [String]) {
        let counts = members.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let byCount = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        isFull = byCount.count > 8
        names = byCount.prefix(isFull ? 7 : 8).sorted()
        indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    func index(of name: String) -> Int { indices[name] ?? 7 }

    func legend(_ kind: Markup) -> Markup {
        let entries = (names + (isFull ? ["all others"] : [])).enumerated().map {
            k, name -> Markup in "<span><i class=\"k\(k)\"></i>\(name)</span>"
        }
        return "<p class=\"legend \(kind)\">\(entries)</p>"
    }
}
