/// How two senses agree on matched and on unmatched windows: two histograms over each other.
package struct AgreementPlot: Sendable {
    package let title: String
    package let agreement: Agreement

    package init(title: String, agreement: Agreement) {
        self.title = title
        self.agreement = agreement
    }

    var markup: Markup {
        let matched = shares(agreement.matched)
        let unmatched = shares(agreement.unmatched)
        let top = max(0.01, (matched + unmatched).max() ?? 0)
        let frame = PlotFrame(width: 420, height: 220, x: -1...1, y: 0...top * 100)
        return """
            <figure><figcaption>\(title)</figcaption>
            <svg viewBox="0 0 420 220" role="img" aria-label="\(title): \(description)">
            \(frame.axes(xName: "cosine", yName: "% of windows"))
            \(outline(unmatched, "unmatched", in: frame))
            \(outline(matched, "matched", in: frame))
            </svg>
            <p class="legend"><span><i class="matched"></i>the same window</span>
            <span><i class="unmatched"></i>windows far apart</span></p>
            <p class="note">\(description)</p></figure>
            """
    }

    private var description: String {
        guard agreement.matched.count > 0 else { return "no windows" }
        let matched = agreement.matched.quantiles
        let unmatched = agreement.unmatched.quantiles
        let far = unmatched.isEmpty ? "" : ", far apart \(interval(unmatched))"
        return "median and middle 90 %: the same window \(interval(matched))\(far)"
    }

    private func interval(_ quantiles: [Double]) -> String {
        "\(fixed(quantiles[2], digits: 2)) (\(fixed(quantiles[0], digits: 2)) to "
            + "\(fixed(quantiles[4], digits: 2)))"
    }

    private func shares(_ distribution: CosineDistribution) -> [Double] {
        distribution.histogram.map { Double($0) / Double(max(1, distribution.count)) }
    }

    /// The tops of the bars as one filled outline.
    private func outline(_ shares: [Double], _ name: Markup, in frame: PlotFrame) -> Markup {
        let width = 2 / Double(shares.count)
        let corners = shares.enumerated().flatMap { bin, share -> [Markup] in
            let y = frame.place(y: share * 100)
            let left = frame.place(x: -1 + Double(bin) * width)
            let right = frame.place(x: -1 + Double(bin + 1) * width)
            return ["\(left),\(y)", "\(right),\(y)"]
        }
        let floor = frame.place(y: 0)
        let ends: [Markup] = ["\(frame.place(x: 1)),\(floor)", "\(frame.place(x: -1)),\(floor)"]
        let line = Markup.joined(corners + ends)
        return "<polygon class=\"\(name)\" points=\"\(line)\"/>"
    }
}
