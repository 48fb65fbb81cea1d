package import Learning
package import Signals

extension MisalignmentFindings {
    /// What a person should know, stream by stream; `assets` by their number in the training.
    package func sentences(assets: [AssetName]) -> [String] {
        var sentences = removed.sorted { $0.key < $1.key }.map(Self.sentence)
        sentences += disturbed.sorted { $0.key < $1.key }.map { name, share in
            "\(name): the factors explain \(Self.percent(share)) of the variance that is left, and are disturbed in all of its windows."
        }
        sentences += factors.map { "\($0): a factor; no model made of this training scores it." }
        guard pairsJudged > 0 else {
            return sentences + [
                "Misalignment: no two streams agree enough for single windows to look false."
            ]
        }
        for stream in totals {
            let share = Double(stream.suspects) / Double(max(1, stream.windows))
            var sentence =
                "\(stream.name): \(stream.suspects) of \(stream.windows) windows (\(Self.percent(share))) look like another window's"
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

    private static func sentence(_ name: StreamName, _ found: FactorDirections.Found) -> String {
        let share = percent(found.share)
        let explained = percent(found.explained)
        let cut =
            found.isCut
            ? " More of it follows them, and stays: make a model of each asset (--per-asset)." : ""
        switch (found.level, found.spread) {
        case _ where found.dimension < 2:
            return
                "\(name): a single number, which keeps the factors: nothing else would be left of it."
        case (0, 0):
            return "\(name): nothing in it follows the factors beyond chance; nothing is taken out."
                + cut
        case (0, let spread):
            return
                "\(name): \(spread) of \(found.dimension) directions of its spread follow the factors, and are taken out."
                + cut
        case (let level, let spread):
            let more = spread > 0 ? ", and \(spread) of its spread" : ""
            return
                "\(name): \(level) of \(found.dimension) directions follow the factors, which explain \(explained) of its variance; they are taken out, \(share) in all\(more)."
                + cut
        }
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((max(0, share) * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
