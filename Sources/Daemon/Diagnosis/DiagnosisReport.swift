package import Diagnosis
import Learning
import Signals

/// A diagnosis as people and programs read it.
package struct DiagnosisReport: Encodable, Sendable {
    package struct Lag: Encodable, Sendable {
        package let asset: String
        package let from: String
        package let to: String
        /// By which `to` is behind `from`; `nil`: it cannot be told.
        package let seconds: Double?
        package let deviationSeconds: Double
        package let confidence: Double
        package let agreement: Double
        /// Why it cannot be told.
        package let doubt: String?
    }

    package struct Space: Encodable, Sendable {
        package let asset: String
        package let from: String
        package let to: String
        package let windows: Int
        package let gap: Double
        package let gaussianW2: Double
        package let slicedW2: Double
        package let alignment: Double
        package let uniformity: Double
        package let effectiveRank: Double
        package let cosine: Double
        package let centredCosine: Double
        package let euclid: Double
        package let manhattan: Double
        package let chiSquare: Double
        /// By learned measures; `nil` unless they were asked for.
        package let bilinear: Double?
        package let network: Double?
    }

    package struct Factor: Encodable, Sendable {
        package let asset: String
        package let name: String
        package let owner: String?
        package let raw: [String: Double]
        package let aligned: [String: Double]
        package let isBlind: Bool
        /// Why the space keeps or drops it: kept, selected, perturbed, private or unseen.
        package let verdict: String?
    }

    package struct Pairing: Encodable, Sendable {
        package struct Hour: Encodable, Sendable {
            package let startMs: Int64
            package let windows: Int
            package let share: Double
        }
        package let asset: String
        package let stream: String
        package let share: Double
        package let hours: [Hour]
    }

    package let findings: [Finding]
    package let assets: [String]
    package let windows: Int
    package let lags: [Lag]
    package let pairings: [Pairing]
    package let factors: [Factor]
    package let space: [Space]

    package init(_ plant: PlantDiagnosis) {
        let hop = plant.settings.hop
        findings = plant.findings
        assets = plant.assets.map(\.asset.text)
        windows = plant.assets.reduce(0) { $0 + $1.windows }
        lags = plant.assets.flatMap { asset in
            asset.lags.map { lag in
                Lag(
                    asset: asset.asset.text, from: lag.from.text, to: lag.to.text,
                    seconds: lag.isTold ? lag.hops * hop.seconds : nil,
                    deviationSeconds: lag.deviation * hop.seconds, confidence: lag.confidence,
                    agreement: lag.agreement, doubt: lag.doubt?.rawValue)
            }
        }
        pairings = plant.assets.flatMap { asset in
            asset.pairings.map { audit in
                Pairing(
                    asset: asset.asset.text, stream: audit.stream.text, share: audit.share,
                    hours: audit.byHour(hop: hop).map {
                        .init(
                            startMs: Int64($0.hour) * 3_600_000, windows: $0.windows,
                            share: $0.share)
                    })
            }
        }
        func named<V>(_ values: [StreamName: V]) -> [String: V] {
            Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, $0.value) })
        }
        factors = plant.assets.flatMap { asset in
            asset.factors.factors.map {
                Factor(
                    asset: asset.asset.text, name: $0.name, owner: $0.owner?.text,
                    raw: named($0.raw), aligned: named($0.aligned), isBlind: $0.isBlind,
                    verdict: $0.verdict?.rawValue)
            }
        }
        space = plant.assets.flatMap { asset in
            asset.geometry.map {
                Space(
                    asset: asset.asset.text, from: $0.from.text, to: $0.to.text,
                    windows: $0.windows, gap: $0.gap, gaussianW2: $0.gaussianW2,
                    slicedW2: $0.slicedW2, alignment: $0.alignment, uniformity: $0.uniformity,
                    effectiveRank: $0.effectiveRank, cosine: $0.retrieval.cosine,
                    centredCosine: $0.retrieval.centredCosine, euclid: $0.retrieval.euclid,
                    manhattan: $0.retrieval.manhattan, chiSquare: $0.retrieval.chiSquare,
                    bilinear: $0.retrieval.bilinear, network: $0.retrieval.network)
            }
        }
    }
}
