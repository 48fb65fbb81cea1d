package import Learning
package import Signals

extension MisalignmentFindings {
    /// What a person should know, stream by stream; `assets` by their number in the training.
    package func sentences(assets: [AssetName]) -> [String] {
        var sentences = disturbed.sorted { $0.key < $1.key }.map { name, share in
            let percent = Int((max(0, share) * 1000).rounded())
            return
                "\(name): the factors explain \(percent / 10).\(percent % 10) % of its variance, and are disturbed in all of its windows."
        }
        guard pairsJudged > 0 else {
            return sentences + [
                "Misalignment: no two streams agree enough for single windows to look false."
            ]
        }
        for stream in totals {
            let share = Double(stream.suspects) / Double(max(1, stream.windows))
            let percent = Int((share * 1000).rounded())
            var sentence =
                "\(stream.name): \(stream.suspects) of \(stream.windows) windows (\(percent / 10).\(percent % 10) %) look like another window's"
            if stream.leftOut > 0 { sentence += ", \(stream.leftOut) left out" }
            sentences.append(sentence + ".")
        }
        for line in streams {
            guard let lag = line.lag else { continue }
            let unit = abs(lag) == 1 ? "window" : "windows"
            sentences.append(
                "\(line.name) of \(assets[line.asset]): \(abs(lag)) \(unit) \(lag > 0 ? "behind" : "ahead of") the others\(line.isMoved ? ", moved" : ", not moved")."
            )
        }
        return sentences
    }
}
