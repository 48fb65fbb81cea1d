import Foundation

/// The axes of a drawing: numbers become places, and round numbers are written beside them.
///
/// ```
/// place of x = left + (x − low) / (high − low) · width,     y upwards
/// ```
struct PlotFrame {
    let width: Double
    let height: Double
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    private let left = 46.0
    private let right = 12.0
    private let top = 10.0
    private let bottom = 38.0

    /// - Parameters:
    ///   - width: of the whole drawing.
    ///   - height: of the whole drawing.
    ///   - x: what to show from left to right; widened when it is a single number.
    ///   - y: what to show from bottom to top, likewise.
    init(width: Double, height: Double, x: ClosedRange<Double>, y: ClosedRange<Double>) {
        self.width = width
        self.height = height
        self.x = Self.widened(x)
        self.y = Self.widened(y)
    }

    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        let length = range.upperBound - range.lowerBound
        guard length <= 1e-9 * max(1, abs(range.upperBound)) else { return range }
        let margin = max(0.5, abs(range.upperBound) * 0.1)
        return range.lowerBound - margin...range.upperBound + margin
    }

    func place(x value: Double) -> Double {
        left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * (width - left - right)
    }

    func place(y value: Double) -> Double {
        height - bottom - (value - y.lowerBound) / (y.upperBound - y.lowerBound)
            * (height - top - bottom)
    }

    /// Round numbers within a range, about `count` of them: steps of 1, 2 or 5 times a power of ten.
    static func ticks(_ range: ClosedRange<Double>, count: Int = 5) -> [Double] {
        let rough = (range.upperBound - range.lowerBound) / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = power * ([1, 2, 5].first { $0 * power >= rough * 0.75 } ?? 10)
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard first <= last, last - first < 100 else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// Grid, numbers and names of both axes.
    func axes(xName: String, yName: String) -> Markup {
        let columns = Self.ticks(x).map { tick -> Markup in
            """
            <text x="\(place(x: tick))" y="\(height - bottom + 15)" class="mid">\(label(tick, x))</text>
            """
        }
        let rows = Self.ticks(y, count: 4).map { tick -> Markup in
            """
            <line class="rule" x1="\(left)" x2="\(width - right)" y1="\(place(y: tick))" \
            y2="\(place(y: tick))"/><text x="\(left - 6)" y="\(place(y: tick) + 4)" \
            class="end">\(label(tick, y))</text>
            """
        }
        return """
            \(rows)<line class="axis" x1="\(left)" x2="\(width - right)" y1="\(height - bottom)" \
            y2="\(height - bottom)"/>
            \(columns)<text x="\((left + width - right) / 2)" y="\(height - 5)" \
            class="mid name">\(xName)</text>
            <text transform="translate(11 \((top + height - bottom) / 2)) rotate(-90)" \
            class="mid name">\(yName)</text>
            """
    }

    private func label(_ tick: Double, _ range: ClosedRange<Double>) -> String {
        let length = range.upperBound - range.lowerBound
        return fixed(tick, digits: max(0, min(6, Int(ceil(-log10(length / 5) - 1e-9)))))
    }
}
