package import Signals

/// A trained model comes to a site: its networks make the common parts, the site's own windows say
/// everything else.
package enum NetworkFit {
    /// Why a trained model cannot serve an asset.
    package struct Unsuitable: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// `linear`, fitted on the same windows, with the common parts of its senses from `network`.
    ///
    /// Own measures stay what the site taught. A sense that the held-back windows do not show to agree
    /// with the others leaves the disagreement, as in the linear fit, and keeps the network's own part.
    /// The novelty prototypes begin at the model's regimes that this asset shows.
    ///
    /// - Parameters:
    ///   - windows: the asset's archive, in order of time.
    ///   - linear: fitted on them.
    ///   - network: the trained model.
    ///   - translations: of each log sense's terms (`LogTerms`).
    ///   - settings: in force.
    /// - Returns: the model that serves this asset.
    /// - Throws: `Unsuitable` when it can read fewer than two of the asset's senses.
    package static func fit(
        _ windows: [WindowSummary], linear: FusionModel, network: NetworkModel,
        translations: [StreamName: [UInt64: UInt64]], settings: FusionSettings
    ) throws(Unsuitable) -> FusionModel {
        var readable: [StreamName: SenseEncoder.Network] = [:]
        for (name, sense) in network.senses where linear.encoders[name] != nil {
            let reader = RowReader(sense.form, translation: translations[name] ?? [:])
            let summaries = windows.lazy.compactMap { $0.streams[name] }
            guard summaries.contains(where: { reader.row(of: $0) != nil }) else { continue }
            readable[name] = .init(reader: reader, network: sense.network, own: sense.own)
        }
        guard readable.count >= 2 else {
            throw Unsuitable(
                description: mismatch(windows, linear, network, readable.keys.sorted()))
        }
        let roles = windows.indices.map { LinearFit.role(ofWindow: $0, of: windows.count) }
        let names = readable.keys.sorted()
        let common = windows.map { window in
            names.map { name in window.streams[name].flatMap { readable[name]!.common(of: $0) } }
        }
        let heldBack = windows.indices.filter { roles[$0] != .fit }
        var kept = Array(names.indices)
        var agreements: [StreamName: PermutationTest] = [:]
        while kept.count >= 2 {
            let embedded = kept.map { m in heldBack.map { common[$0][m] } }
            let tests = kept.indices.map { m in
                PermutationTest(
                    z: embedded[m], others: LinearFit.centroids(of: embedded, without: m))
            }
            for (m, test) in zip(kept, tests) { agreements[names[m]] = test }
            let failing = kept.indices.filter {
                !tests[$0].isPassed(settings)
            }
            guard
                let worst = failing.max(by: {
                    (tests[$0].pValue, tests[$1].agreement)
                        < (tests[$1].pValue, tests[$0].agreement)
                })
            else { break }
            kept.remove(at: worst)
        }
        if kept.count < 2 { kept = [] }
        let fitting = windows.indices.filter { roles[$0] == .fit }
        let fittingWindows = fitting.map { windows[$0] }
        var encoders: [StreamName: SenseEncoder] = [:]
        for (name, encoder) in linear.encoders {
            let isKept = kept.contains { names[$0] == name }
            let network = readable[name]?.fitted(
                to: fittingWindows, as: name, among: readable)
            encoders[name] = SenseEncoder(
                linear: encoder.linear.unaligned, network: isKept ? network : network?.unaligned)
        }
        return FusionModel(
            encoders: encoders, networkID: network.id, predictor: network.states,
            rule: settings.centroid,
            prototypes: LinearFit.prototypes(
                of: fitting.map { row in kept.map { common[row][$0] } },
                senses: kept.map { names[$0] }, rule: settings.centroid,
                regimes: network.regimes),
            regimes: network.regimes, dimensions: kept.isEmpty ? 0 : network.dimension,
            agreements: agreements,
            windows: windows)
    }

    private static func mismatch(
        _ windows: [WindowSummary], _ linear: FusionModel, _ network: NetworkModel,
        _ readable: [StreamName]
    ) -> String {
        let wanted = network.senses.sorted { $0.key < $1.key }.map { name, sense -> String in
            switch sense.form {
            case .summary(let dimension): "\(name) (vector of \(dimension))"
            case .frames(let dimension, let countMax):
                "\(name) (\(countMax) frames of \(dimension); needs fusion.frames_kept)"
            case .log: "\(name) (log)"
            }
        }
        return "the model reads \(wanted.joined(separator: ", ")); of this asset's senses "
            + "\(linear.encoders.keys.sorted().map(\.text).joined(separator: ", ")) it can read "
            + "\(readable.isEmpty ? "none" : readable.map(\.text).joined(separator: ", ")), and needs two"
    }
}
