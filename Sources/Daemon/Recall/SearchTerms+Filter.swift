import Recall
import Signals
import Store

// Which windows a request lets count.
extension SearchTerms {
    func filter(_ request: SearchRequest, _ labels: [LabelRow]) throws -> RecallFilter {
        var filter = RecallFilter()
        filter.assets = Set((request.assets ?? []).map { AssetName($0) })
        filter.isRaisedOnly = request.alarm ?? false
        for (text, path) in [(request.from, \RecallFilter.from), (request.to, \.to)] {
            guard let text else { continue }
            guard let time = Moment.read(text, now: now) else {
                throw SearchRefusal(
                    "could not search: \"\(text)\" is no moment; write \(Moment.words)")
            }
            filter[keyPath: path] = time
        }
        guard filter.from < filter.to else {
            throw SearchRefusal("could not search: from is not before to")
        }
        if let tag = request.tag {
            var stretches: [AssetName: [Range<EventTime>]] = [:]
            for label in labels where label.name == tag || label.kind == tag {
                stretches[label.asset, default: []].append(label.from..<label.to)
            }
            guard !stretches.isEmpty else {
                throw SearchRefusal(
                    "could not search: no label has the name or kind \"\(tag)\"; `anchord label list` shows those that are"
                )
            }
            filter.stretches = stretches
        }
        return filter
    }
}
