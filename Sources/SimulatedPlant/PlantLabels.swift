package import Signals

/// The truth about a plant, window by window: what `score.py` holds verdicts against.
///
/// Known without running the plant, because faults depend on the settings only.
package struct PlantLabels: Sequence, Sendable {
    private let settings: PlantSettings
    private let window: Duration
    private let duration: Duration

    package struct Row: Equatable, Sendable {
        package let asset: AssetName
        /// On the grid of multiples of the window since 1970.
        package let windowStart: EventTime
        package let split: Split
        /// `nil`: normal.
        package let fault: FaultKind?
        /// The senses that are wrong, joined by `+`; `all` when the machine is; empty when normal.
        package let stream: String

        package enum Split: String, Sendable {
            /// Wholly before the first fault can begin.
            case train
            case test
        }

        /// One line of the labels file, without its end.
        package var csv: String {
            "\(asset),\(windowStart.milliseconds),\(split.rawValue),"
                + "\(fault?.rawValue ?? "normal"),\(stream)"
        }
    }

    /// The labels file's first line.
    package static let csvHeader = "asset,window_start_ms,split,label,stream"

    /// Labels of the windows of this length that lie wholly in the plant's first `duration`.
    ///
    /// A window is labelled with a fault that covers at least half of it, by true time. Rows come
    /// machine by machine, in order of time.
    package init(settings: PlantSettings, window: Duration, duration: Duration) {
        precondition(window > .zero, "a window has a length")
        self.settings = settings
        self.window = window
        self.duration = duration
    }

    package func makeIterator() -> some IteratorProtocol<Row> {
        (0..<settings.assets).lazy.flatMap { rows(ofAsset: $0) }.makeIterator()
    }

    private func rows(ofAsset asset: Int) -> [Row] {
        let length = window.nanoseconds
        let start = settings.start.nanoseconds
        let end = start + duration.nanoseconds
        let trained = start + settings.faultFree.nanoseconds
        var schedule = FaultSchedule(settings: settings, asset: asset)
        var fault = schedule.next()
        var rows: [Row] = []
        var from = (start + length - 1) / length * length
        while from + length <= end {
            while let over = fault, start + Int64(over.to * 1e9) <= from {
                fault = schedule.next()
            }
            let hit = fault.flatMap { covers($0, from: from, length: length) ? $0 : nil }
            rows.append(
                Row(
                    asset: settings.assetName(asset), windowStart: EventTime(nanoseconds: from),
                    split: from + length <= trained ? .train : .test, fault: hit?.kind,
                    stream: hit.map { $0.sense?.rawValue ?? "all" } ?? ""))
            from += length
        }
        return rows
    }

    private func covers(_ fault: PlannedFault, from: Int64, length: Int64) -> Bool {
        let start = settings.start.nanoseconds
        let first = Swift.max(from, start + Int64(fault.from * 1e9))
        let last = Swift.min(from + length, start + Int64(fault.to * 1e9))
        return 2 * (last - first) >= length
    }
}
