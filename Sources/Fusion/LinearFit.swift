import LinearAlgebra
import Signals

/// The cold start: some hundred windows of one asset become a model, in closed form.
///
/// Windows fall into blocks in order of time; every second block fits, the others are held back
/// for the permutation test here and for the calibration in Detection. Interleaved, because the
/// last third of an hour is another machine state than the first.
package enum LinearFit {
    /// What a window of the warm-up serves for.
    package enum Role: Equatable, Sendable {
        case fit
        /// Calibrates each part.
        case parts
        /// Calibrates what the parts combine to.
        case combination
    }

    /// Windows in one block, fewer when the warm-up is short. So few that even a state the machine showed
    /// once, for some twenty windows, is both fitted and held back: a state that only the calibration
    /// has seen would make the worst of what is normal look normal, and hide all that is less odd.
    package static let blockMax = 5

    package static func blockLength(windows: Int) -> Int {
        max(2, min(blockMax, windows / 16))
    }

    package static func role(ofWindow index: Int, of windows: Int) -> Role {
        switch index / blockLength(windows: windows) % 4 {
        case 1: .parts
        case 3: .combination
        default: .fit
        }
    }

    /// A model of `windows`, which come in order of their start. `nil` when no sense ever moved or
    /// too few windows hold data: the warm-up goes on.
    package static func fit(_ windows: [WindowSummary], settings: FusionSettings) -> FusionModel? {
        let roles = windows.indices.map { role(ofWindow: $0, of: windows.count) }
        let fitting = windows.indices.filter { roles[$0] == .fit }
        let heldBack = windows.indices.filter { roles[$0] != .fit }
        let calibratingParts = windows.indices.filter { roles[$0] == .parts }
        let names = Set(windows.flatMap(\.streams.keys)).sorted()

        var encoders: [StreamName: LinearEncoder] = [:]
        for name in names {
            let summaries = fitting.compactMap { windows[$0].streams[name] }
            guard summaries.count >= max(10, fitting.count / 10) else { continue }
            let components = min(
                settings.componentsMax,
                max(2, Int(Double(summaries.count) * settings.componentsPerWindow)))
            encoders[name] = LinearEncoder.fit(summaries, componentsMax: components)
        }
        guard encoders.values.contains(where: { $0.componentCount > 0 }) else { return nil }

        let scores = encoders.mapValues { _ in [[Float]?]() }.merging(
            encoders.map { name, encoder in
                (name, windows.map { $0.streams[name].flatMap(encoder.components) })
            }
        ) { $1 }
        var candidates = encoders.keys.sorted().filter { encoders[$0]!.componentCount >= 2 }
        var agreements: [StreamName: PermutationTest] = [:]
        var dimensions = 0
        while let alignment = CentroidAlignment(
            of: candidates.map { name in
                .init(name: name, scores: fitting.map { scores[name]![$0] })
            }, dimensionsMax: settings.dimensionsMax, ridge: settings.ridge)
        {
            let weights = alignment.dimensionWeights(
                on: candidates.map { name in
                    .init(name: name, scores: calibratingParts.map { scores[name]![$0] })
                })
            let aligned = candidates.map { name in
                encoders[name]!.aligned(
                    by: alignment.maps[name]!, weights: weights, dimensions: alignment.dimensions)
            }
            let embedded = zip(candidates, aligned).map { name, encoder in
                heldBack.map { windows[$0].streams[name].flatMap(encoder.encode)?.common ?? nil }
            }
            let tests = candidates.indices.map { m in
                PermutationTest(z: embedded[m], others: centroids(of: embedded, without: m))
            }
            for (name, test) in zip(candidates, tests) { agreements[name] = test }
            let failing = candidates.indices.filter {
                !tests[$0].isPassed(settings)
            }
            // One sense leaves at a time, the least agreeing first: the others may agree without it.
            guard
                let worst = failing.max(by: {
                    (tests[$0].pValue, tests[$1].agreement) < (
                        tests[$1].pValue, tests[$0].agreement
                    )
                })
            else {
                dimensions = weights.count { $0 > 0 }
                for (name, encoder) in zip(candidates, aligned) { encoders[name] = encoder }
                break
            }
            candidates.remove(at: worst)
        }

        let common = windows.map { window in
            candidates.map { name in
                dimensions > 0
                    ? window.streams[name].flatMap { encoders[name]?.encode($0)?.common } : nil
            }
        }
        return FusionModel(
            encoders: encoders.mapValues { SenseEncoder(linear: $0) }, rule: settings.centroid,
            prototypes: prototypes(
                of: fitting.map { common[$0] }, senses: candidates, rule: settings.centroid),
            dimensions: dimensions, agreements: agreements, windows: windows)
    }

    /// Where the anchors of the fitting windows gather; `common` is by window and sense, `regimes` are
    /// where a trained model expects them.
    static func prototypes(
        of common: [[[Float]?]], senses: [StreamName], rule: CentroidRule,
        regimes: Prototypes = Prototypes(centres: [])
    ) -> Prototypes {
        let anchors = common.compactMap { row -> [Float]? in
            let parts = zip(senses, row).compactMap { name, z in z.map { (name, $0) } }
            return parts.count >= 2 ? Anchor(of: parts, vanishing: 0, rule: rule)?.centroid : nil
        }
        return Prototypes(of: anchors, max: min(24, max(1, anchors.count / 10)), from: regimes)
    }

    /// Per window, the centroid of all senses but the `m`-th; `embedded` is by sense and window.
    static func centroids(of embedded: [[[Float]?]], without m: Int) -> [[Float]?] {
        embedded[m].indices.map { i in
            let others = embedded.indices.compactMap { $0 == m ? nil : embedded[$0][i] }
            guard let d = others.first?.count else { return nil }
            return (0..<d).map { j in others.reduce(0) { $0 + $1[j] } / Float(others.count) }
        }
    }
}
