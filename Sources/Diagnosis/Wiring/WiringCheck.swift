import LinearAlgebra
package import Signals

/// Which asset every stream really belongs to: the one whose other senses it knows most of.
///
/// For stream `s` of asset `a` and every asset `c`, with `A` the agreement of `BlockCovariances`:
/// ```
/// E_c(a, s) = Σ over the other senses o of c of A((c, o), (a, s)),    home = argmax_c E_c(a, s)
/// ```
/// A home elsewhere is reported when it explains at least twice as much as the stream's own asset,
/// block of time by block of time: by a sign-flip test of the differences, at a level shared out
/// among all streams and assets; and when it explains it at least half as well as the stream of this name that
/// it explains best: a stranger whose own asset has lost its senses agrees a little with anybody. Machines
/// that run in step explain each other's streams as well as their own, and no more: nothing is reported.
package struct WiringCheck: Equatable, Sendable {
    package struct Misplaced: Equatable, Sendable {
        package let asset: AssetName
        package let stream: StreamName
        /// Whose other senses it agrees with.
        package let home: AssetName
        /// E of its own asset and of its home.
        package let own: Double
        package let there: Double
        package let pValue: Double
        /// The home's stream of this name belongs here: the two are exchanged.
        package var isSwapped = false
    }

    /// One stream carries the other's numbers.
    package struct Copy: Equatable, Sendable {
        package let stream: StreamName
        package let asset: AssetName
        package let other: AssetName
        /// Hops by which `asset` has them later.
        package let hops: Int
        /// Mean squared difference of their windows' means, in units of both variances; 1 for
        /// streams that have nothing to do with each other.
        package let distance: Double
        /// Which of the two the other senses belie, where that can be told.
        package var falsified: AssetName?
    }

    package let misplaced: [Misplaced]
    package let copies: [Copy]
    package let streams: Int

    /// E elsewhere is at least so many times that at home.
    static let ratioMin = 2.0
    /// E there, of the largest E there of any stream of the name.
    static let homeMin = 0.5

    /// - Parameters:
    ///   - assets: their tracks.
    ///   - values: what streams said, to find equal numbers.
    ///   - settings: the level.
    ///   - reach: each asset is held against so many before and after it, in the order given: the cost of all
    ///     against all grows with the square of a plant.
    ///   - random: the dice of the test.
    ///   - pace: called after each stream; it may rest.
    package init(
        _ assets: [(asset: AssetName, tracks: [SenseTrack])],
        values: [StreamValues] = [], settings: DiagnosisSettings, reach: Int = .max / 2,
        using random: inout some RandomNumberGenerator, pace: () -> Void = {}
    ) {
        let slots = assets.flatMap { $0.tracks.flatMap { [$0.slots.first, $0.slots.last] } }
            .compactMap(\.self)
        let length = BlockCovariances.blockLength(
            spanning: (slots.max() ?? 0) - (slots.min() ?? 0) + 1)
        let places = assets.flatMap { asset, tracks in tracks.map { (asset, $0) } }
        let number = Dictionary(
            assets.enumerated().map { ($1.asset, $0) }, uniquingKeysWith: { first, _ in first })
        func isNear(_ a: AssetName, _ b: AssetName) -> Bool {
            guard let i = number[a], let k = number[b] else { return false }
            return abs(i - k) <= reach
        }
        streams = places.count
        let others = min(assets.count - 1, 2 * reach)
        let comparisons = Double(max(1, places.count * max(1, others)))
        var explained: [[AssetName: [Int: Double]]] = []
        var strongest: [AssetName: [StreamName: Double]] = [:]
        for (asset, track) in places {
            var byAsset: [AssetName: [Int: Double]] = [:]
            pace()
            for (other, tracks) in assets where isNear(asset, other) {
                // A stream is only ever mistaken for one of its own kind.
                guard other == asset || tracks.contains(where: { $0.stream == track.stream }) else {
                    continue
                }
                var sums: [Int: Double] = [:]
                for sense in tracks where sense.stream != track.stream {
                    let shared = BlockCovariances(sense, track, blockLength: length)
                    guard shared.windows >= settings.windowsMin else { continue }
                    for (block, value) in zip(shared.blocks, shared.byBlock) {
                        sums[block, default: 0] += value
                    }
                }
                if !sums.isEmpty { byAsset[other] = sums }
            }
            for (other, sums) in byAsset {
                let known = strongest[other]?[track.stream] ?? 0
                strongest[other, default: [:]][track.stream] = max(known, Self.total(sums))
            }
            explained.append(byAsset)
        }
        var found: [Misplaced] = []
        for ((asset, track), byAsset) in zip(places, explained) {
            guard let own = byAsset[asset],
                let best = byAsset.filter({ $0.key != asset }).max(by: {
                    (Self.total($0.value), $1.key) < (Self.total($1.value), $0.key)
                })
            else { continue }
            let (here, there) = (Self.total(own), Self.total(best.value))
            guard there > 0, there >= Self.ratioMin * here,
                there >= Self.homeMin * (strongest[best.key]?[track.stream] ?? 0)
            else { continue }
            let differences = Set(own.keys).intersection(best.value.keys).sorted()
                .map { best.value[$0]! - own[$0]! }
            let level = settings.level / comparisons
            let test = SignFlipTest(
                differences, draws: min(200_000, Int(4 / level)), using: &random)
            guard test.pValue <= level else { continue }
            found.append(
                Misplaced(
                    asset: asset, stream: track.stream, home: best.key, own: here, there: there,
                    pValue: test.pValue))
        }
        for k in found.indices {
            found[k].isSwapped = found.contains {
                $0.asset == found[k].home && $0.home == found[k].asset
                    && $0.stream == found[k].stream
            }
        }
        misplaced = found
        copies = StreamValues.copies(among: values, settings: settings, isNear: isNear, pace: pace)
            .map {
                copy in
                var copy = copy
                for (suspect, other) in [(copy.asset, copy.other), (copy.other, copy.asset)]
                where found.contains(where: {
                    $0.asset == suspect && $0.home == other && $0.stream == copy.stream
                }) {
                    copy.falsified = suspect
                }
                return copy
            }
    }

    private static func total(_ blocks: [Int: Double]) -> Double {
        blocks.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    }
}
