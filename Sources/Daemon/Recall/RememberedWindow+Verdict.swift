import Detection
import Fusion
import LinearAlgebra
import Recall
import Signals

extension RememberedWindow {
    /// What is remembered of a window that was judged; `nil` when no sense took part in the unified space.
    init?(_ verdict: Verdict, _ embedded: EmbeddedWindow, of summary: WindowSummary) {
        var places: [StreamName: Place] = [:]
        for (name, sense) in embedded.senses {
            guard let common = sense.common, !common.isEmpty else { continue }
            var template: UInt16?
            if case .log(let log)? = summary.streams[name], let last = log.sequence.last {
                template = UInt16(exactly: last)
            }
            places[name] = Place(bytes: ByteVectors.bytes(of: common), template: template)
        }
        guard !places.isEmpty else { return nil }
        let isOdd = verdict.explanation != nil || verdict.blame != nil
        self.init(
            start: verdict.start, score: verdict.score,
            standing: verdict.alarm.isRaised ? .raised : isOdd ? .odd : .calm, senses: places)
    }
}
