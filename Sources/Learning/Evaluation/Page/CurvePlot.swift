/// Curves over a common axis: the losses of a training, say, or a recall over its epochs.
package struct CurvePlot: Sendable {
    package struct Curve: Sendable {
        package let name: String
        package let points: [(x: Double, y: Double)]

        package init(_ name: String, _ points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    package let title: String
    package let xName: String
    package let yName: String
    package let curves: [Curve]

    package init(title: String, xName: String, yName: String, curves: [Curve]) {
        self.title = title
        self.xName = xName
        self.yName = yName
        self.curves = curves
    }

    /// Points that are not finite are left out. Curves differ by colour and by their dashes.
    var markup: Markup {
        let drawn = curves.map { curve in curve.points.filter { $0.x.isFinite && $0.y.isFinite } }
        let all = drawn.flatMap { $0 }
        guard let x = range(of: all.map(\.x)), let y = range(of: all.map(\.y)) else {
            return "<figure><figcaption>\(title)</figcaption><p>Nothing to draw.</p></figure>"
        }
        let frame = PlotFrame(width: 420, height: 250, x: x, y: y)
        let paths = drawn.enumerated().map { k, points -> Markup in
            let places = points.map { point -> Markup in
                "\(frame.place(x: point.x)),\(frame.place(y: point.y))"
            }
            let line = Markup.joined(places)
            return "<polyline class=\"curve c\(k % 8)\" points=\"\(line)\"/>"
        }
        let legend = curves.enumerated().map { k, curve -> Markup in
            """
            <span><svg class="key" viewBox="0 0 26 8" aria-hidden="true"><polyline \
            class="curve c\(k % 8)" points="1,4 25,4"/></svg>\(curve.name)</span>
            """
        }
        return """
            <figure><figcaption>\(title)</figcaption>
            <svg viewBox="0 0 420 250" role="img" aria-label="\(description(of: drawn))">
            \(frame.axes(xName: xName, yName: yName))
            \(paths)</svg>
            <p class="legend">\(legend)</p></figure>
            """
    }

    /// What a reader who cannot see the drawing hears.
    private func description(of drawn: [[(x: Double, y: Double)]]) -> String {
        let ends = zip(curves, drawn).compactMap { curve, points -> String? in
            guard let first = points.first, let last = points.last else { return nil }
            return "\(curve.name) from \(fixed(first.y, digits: 3)) to \(fixed(last.y, digits: 3))"
        }
        return "\(title): " + ends.joined(separator: ", ")
    }
}

/// From the least to the greatest; `nil` without a number.
func range(of numbers: [Double]) -> ClosedRange<Double>? {
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    return low...high
}

extension Markup {
    /// Places on a line, with a space between.
    static func joined(_ parts: [Markup]) -> Markup {
        Markup(stringLiteral: parts.map(\.source).joined(separator: " "))
    }
}
