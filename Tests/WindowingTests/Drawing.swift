import Signals
import Windowing

/// What arrives, drawn: a row per stream, a column per half second, one asset.
///
/// ```
/// camera  o-o-o---o
/// log     ---x-----
/// ```
/// A dash waits; `^` is stamped a day ahead, `v` a day behind, `>` an hour ahead, and any other sign
/// is stamped with the time it is drawn at. A row that starts with `log` is a log, others are vectors
/// that carry their column.
struct Drawing {
    /// 2026-09-21 somewhere, on no particular boundary but that of whole windows.
    static let origin: Int64 = 1_790_000_000_000
    static let step: Int64 = 500

    let columns: Int
    let samples: [Sample]

    /// The first column arrives `startingAt` half seconds after the origin.
    init(_ text: String, startingAt first: Int = 0) {
        let rows = text.split(separator: "\n").map { $0.split(separator: " ") }
        columns = rows.map { $0[1].count }.max() ?? 0
        var samples: [Sample] = []
        for column in 0..<columns {
            for row in rows where column < row[1].count {
                let sign = row[1][row[1].index(row[1].startIndex, offsetBy: column)]
                guard sign != "-" else { continue }
                let now = Int64(first + column) * Self.step
                let shift: Int64 =
                    switch sign {
                    case "^": 86_400_000
                    case ">": 3_600_000
                    case "v": -86_400_000
                    default: 0
                    }
                samples.append(sampleAt(now + shift, of: String(row[0]), arriving: now))
            }
        }
        self.samples = samples
    }
}

/// A sample stamped `milliseconds` after the origin, arriving then or when told.
func sampleAt(
    _ milliseconds: Int64, of stream: String, arriving: Int64? = nil, value: Float? = nil
) -> Sample {
    let arrived = (arriving ?? milliseconds) * 1_000_000
    return Sample(
        asset: AssetName("press"), stream: StreamName(stream),
        time: EventTime(milliseconds: Drawing.origin + milliseconds),
        arrival: Arrival(wall: Drawing.origin * 1_000_000 + arrived, elapsed: arrived),
        value: stream.hasPrefix("log")
            ? .log(LogRecord(template: 1, isUnseen: false, terms: [], severity: .info))
            : .vector([value ?? Float(milliseconds)]))
}

/// Arrival `milliseconds` after the origin.
func arrival(_ milliseconds: Int64) -> Arrival {
    Arrival(
        wall: (Drawing.origin + milliseconds) * 1_000_000, elapsed: milliseconds * 1_000_000)
}

/// Windows in words, one line each: `3 audio:1 camera:2 log:0`, the start in seconds after the
/// origin; `camera:held` for a held vector, `late:2` at the end when samples were.
func described(_ windows: [Window]) -> [String] {
    windows.map { window in
        let start = Double(window.start.milliseconds - Drawing.origin) / 1000
        var words = [start == start.rounded() ? "\(Int(start))" : "\(start)"]
        for (stream, share) in window.streams.sorted(by: { $0.key < $1.key }) {
            words.append("\(stream):\(share.isHeld ? "held" : "\(share.frames.count)")")
        }
        if window.late > 0 { words.append("late:\(window.late)") }
        return words.joined(separator: " ")
    }
}

func settings(_ change: (inout WindowingSettings) -> Void = { _ in }) -> WindowingSettings {
    var settings = WindowingSettings()
    change(&settings)
    return settings
}

extension WindowAssembler {
    init(_ settings: WindowingSettings = WindowingSettings()) {
        self.init(asset: AssetName("press"), settings: settings)
    }

    mutating func ingest(_ samples: [Sample]) -> [Window] { samples.flatMap { ingest($0) } }

    mutating func play(_ text: String, startingAt first: Int = 0) -> [String] {
        described(ingest(Drawing(text, startingAt: first).samples))
    }
}
