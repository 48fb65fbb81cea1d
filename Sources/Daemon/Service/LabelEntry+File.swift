import Detection
import Intake
import Signals

// Operators' labels as the file that `anchord train --labels` and `replay --fit-on` read.
extension LabelEntry {
    /// The windows that lie in this label whole, on the grid of `hop`, as lines of the file.
    ///
    /// A false alarm is normal operation and may be learnt from (split `train`); a fault is told by its
    /// name and is not (split `test`). Planned work is neither, and a state says nothing of this: no lines.
    package func csv(length: Duration, hop: Duration) -> [String] {
        guard let word else { return [] }
        return starts(length: length, hop: hop).map { "\(asset),\($0),\(word)," }
    }

    /// Split and label.
    private var word: String? {
        switch OperatorLabel.Kind(rawValue: kind) {
        case .falseAlarm: "train,normal"
        case .fault: "test,\(name.isEmpty ? "fault" : name)"
        case .planned, .state, nil: nil
        }
    }

    /// Beginnings in milliseconds.
    private func starts(length: Duration, hop: Duration) -> [Int64] {
        let hop = max(1, hop.nanoseconds)
        let (from, to) = (fromMs * 1_000_000, toMs * 1_000_000)
        var start = from / hop * hop
        if start < from { start += hop }
        return stride(from: start, through: to - length.nanoseconds, by: Int(hop))
            .map { $0 / 1_000_000 }
    }

    /// All lines of the file, the header first.
    ///
    /// With a state among the labels there is a sixth column, and one line for each window, in order: a
    /// state in which nothing else was labelled is normal operation (`train`), one under a fault keeps
    /// the fault's word, and planned work stays left out.
    package static func file(
        of labels: [LabelEntry], length: Duration, hop: Duration
    ) -> [String] {
        let state = OperatorLabel.Kind.state.rawValue
        guard labels.contains(where: { $0.kind == state }) else {
            return [LabelsReader.header] + labels.flatMap { $0.csv(length: length, hop: hop) }
        }
        struct Window: Hashable {
            var asset: String
            var start: Int64
        }
        var words: [Window: String] = [:]
        var states: [Window: String] = [:]
        var planned: Set<Window> = []
        for label in labels {
            for start in label.starts(length: length, hop: hop) {
                let window = Window(asset: label.asset, start: start)
                switch (OperatorLabel.Kind(rawValue: label.kind), label.word) {
                case (.planned, _): planned.insert(window)
                case (.state, _): states[window] = label.name
                case (.fault, let word?): words[window] = word
                case (_, let word?): words[window] = words[window] ?? word
                default: break
                }
            }
        }
        let windows = Set(words.keys).union(states.keys).subtracting(planned)
            .sorted { ($0.asset, $0.start) < ($1.asset, $1.start) }
        return [LabelsReader.headerWithState]
            + windows.map {
                "\($0.asset),\($0.start),\(words[$0] ?? "train,normal"),,\(states[$0] ?? "")"
            }
    }
}
