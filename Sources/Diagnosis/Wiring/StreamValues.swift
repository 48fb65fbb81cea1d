import Fusion
package import Signals

/// What a vector stream said, window by window, in the unit of its input: to find the same numbers
/// under another name.
///
/// The mean squared difference of two streams `x` and `y` at an offset of `k` hops,
/// ```
/// D(k) = Σᵢ ‖xᵢ₊ₖ − yᵢ‖² / Σᵢ (‖xᵢ₊ₖ − x̄‖² + ‖yᵢ − ȳ‖²)
/// ```
/// is 1 for unrelated streams and 0 for copies. Machines in step differ by their sensors' noise, which
/// is far above a thousandth of what moves.
package struct StreamValues: Sendable {
    package let asset: AssetName
    package let stream: StreamName
    private let rows: [Int: [Float]]
    private let slots: [Int]

    /// Windows of a comparison: enough to tell a copy, whatever the length of the track.
    private static let windowsMax = 512
    private static let glanceMax = 96
    static let copyMax = 1e-3

    /// - Parameters:
    ///   - asset: whose it is.
    ///   - stream: its name.
    ///   - rows: what stands for its numbers, by slot: sums of them with one set of weights for all assets
    ///     keep copies apart from others as well as the numbers do.
    init(asset: AssetName, stream: StreamName, rows: [Int: [Float]]) {
        self.asset = asset
        self.stream = stream
        self.rows = rows
        slots = rows.keys.sorted()
    }

    init?(_ stream: StreamName, of windows: AssetWindows, settings: DiagnosisSettings) {
        var rows: [Int: [Float]] = [:]
        for window in windows.windows.suffix(settings.windowsMax) {
            guard case .vector(let vector)? = window.streams[stream] else { continue }
            rows[settings.slot(of: window.start)] = vector.mean
        }
        guard rows.count >= settings.windowsMin else { return nil }
        asset = windows.asset
        self.stream = stream
        self.rows = rows
        slots = rows.keys.sorted()
    }

    package static func all(
        of windows: AssetWindows, settings: DiagnosisSettings
    ) -> [StreamValues] {
        Set(windows.windows.flatMap(\.streams.keys)).sorted().compactMap {
            StreamValues($0, of: windows, settings: settings)
        }
    }

    /// - Parameters:
    ///   - values: of all streams.
    ///   - settings: how far to look.
    ///   - isNear: whether two assets are held against each other.
    ///   - pace: called after each stream; it may rest.
    /// - Returns: pairs that carry the same numbers.
    static func copies(
        among values: [StreamValues], settings: DiagnosisSettings,
        isNear: (AssetName, AssetName) -> Bool = { _, _ in true }, pace: () -> Void = {}
    ) -> [WiringCheck.Copy] {
        var copies: [WiringCheck.Copy] = []
        for (k, x) in values.enumerated() {
            pace()
            for y in values.dropFirst(k + 1)
            where x.stream == y.stream && x.asset != y.asset && isNear(x.asset, y.asset) {
                let reach = settings.lagHops
                // Ever farther from 0, so that no offset wins a tie.
                let offsets = (-reach...reach).sorted { (abs($0), $0) < (abs($1), $1) }
                var best: (hops: Int, distance: Double)?
                for hops in offsets {
                    // Nearly always the newest windows say that it is none.
                    if let d = x.distance(from: y, hops: hops, windowsMax: Self.glanceMax),
                        d > Self.copyMax * 100
                    {
                        continue
                    }
                    guard let d = x.distance(from: y, hops: hops) else { continue }
                    if d < best?.distance ?? .infinity { best = (hops, d) }
                }
                guard let best, best.distance <= Self.copyMax else { continue }
                copies.append(
                    .init(
                        stream: x.stream, asset: x.asset, other: y.asset, hops: best.hops,
                        distance: best.distance))
            }
        }
        return copies
    }

    /// D, with self's window `i + hops` against `other`'s window `i`; `nil` with too few windows in
    /// common or nothing that moves.
    func distance(
        from other: StreamValues, hops: Int, windowsMax: Int = Self.windowsMax
    ) -> Double? {
        let pairs = other.slots.suffix(windowsMax).compactMap { slot -> ([Float], [Float])? in
            guard let x = rows[slot + hops], let y = other.rows[slot], x.count == y.count else {
                return nil
            }
            return (x, y)
        }
        guard pairs.count >= 64, let width = pairs.first?.0.count,
            pairs.allSatisfy({ $0.0.count == width })
        else { return nil }
        let n = Double(pairs.count)
        var (between, within) = (0.0, 0.0)
        for j in 0..<width {
            var (sx, sy, sxx, syy) = (0.0, 0.0, 0.0, 0.0)
            for (x, y) in pairs {
                let (a, b) = (Double(x[j]), Double(y[j]))
                between += (a - b) * (a - b)
                sx += a
                sy += b
                sxx += a * a
                syy += b * b
            }
            within += max(0, sxx - sx * sx / n) + max(0, syy - sy * sy / n)
        }
        return within > 0 ? between / within : nil
    }
}
