import Foundation
import Fusion
import Learning
import LinearAlgebra
import Signals

/// What the page of an evaluation draws, gathered while the windows are judged.
struct EvaluationDrawings {
    private let windows: EvaluationWindows
    private let candidates: [ModelEvaluation.Candidate]
    /// Rows with a space, in their order.
    private var spaces: [Space] = []
    private var mapped: (name: String, embeddings: [Embedded])?

    /// More assets than these are in the tables, and not in the drawings.
    static let assetsMax = 8

    private struct Space {
        let name: String
        var assets = 0
        var rows: [SpaceFigures.Pair: [(Matrix, Matrix)]] = [:]
    }

    private struct Embedded {
        let common: [Float]
        let asset: String
        let sense: String
        let label: String
    }

    init(_ windows: EvaluationWindows, curves candidates: [ModelEvaluation.Candidate]) {
        self.windows = windows
        self.candidates = candidates
    }

    /// - Parameters:
    ///   - found: one asset of a row.
    ///   - subject: the row.
    ///   - judged: the asset's windows that were judged.
    /// - Throws: what reading the windows throws.
    mutating func add(
        _ found: AssetEvaluation, of subject: EvaluationSubject, judged: [Int]
    ) throws {
        guard !found.space.rows.isEmpty else { return }
        if spaces.last?.name != subject.name { spaces.append(Space(name: subject.name)) }
        let place = spaces.count - 1
        guard spaces[place].assets < Self.assetsMax else { return }
        spaces[place].assets += 1
        for (pair, rows) in found.space.rows {
            spaces[place].rows[pair, default: []].append(rows)
        }
        // The map is that of the first row. Only a trained model has one space for all assets.
        guard place == 0, subject.network != nil || mapped == nil else { return }
        let drawn = subject.network == nil ? 1 : min(Self.assetsMax, windows.assets.count)
        var embeddings = mapped?.embeddings ?? []
        let senses = max(1, found.model.alignedStreams.count)
        for index in thinned(judged, to: max(1, MapPlot.pointsMax / drawn / senses)) {
            let window = try windows.spool.window(index)
            let label =
                windows.truth.map {
                    $0.label(of: found.asset, from: window.start, to: window.end)
                        ?? "without data"
                } ?? "without label"
            let senses = found.model.embed(window).senses
            for (sense, embedding) in senses.sorted(by: { $0.key < $1.key }) {
                guard let common = embedding.common else { continue }
                embeddings.append(
                    Embedded(
                        common: common, asset: found.asset.text, sense: sense.text, label: label))
            }
        }
        let name = subject.network == nil ? "\(subject.name) on \(found.asset)" : subject.name
        mapped = (name, embeddings)
    }

    /// Which row the map shows, and on which asset where each has a space of its own.
    var mappedRow: String? { mapped?.name }

    var map: MapPlot? {
        guard let embeddings = mapped?.embeddings, let d = embeddings.first?.common.count,
            embeddings.allSatisfy({ $0.common.count == d })
        else { return nil }
        let rows = Matrix(rows: embeddings.count, columns: d, floats: embeddings.flatMap(\.common))
        let plane = PlaneMap(fitting: rows)
        let points = zip(plane.points(rows), embeddings).map { point, of in
            MapPlot.Point(
                x: point.x, y: point.y, asset: of.asset, sense: of.sense, label: of.label)
        }
        return MapPlot(points: points, share: plane.share)
    }

    var agreements: [AgreementPlot] {
        spaces.flatMap { space in
            space.rows.sorted { $0.key < $1.key }.map { pair, rows in
                AgreementPlot(
                    title: "\(space.name): \(pair.from) and \(pair.to)",
                    agreement: Agreement(pooling: rows))
            }
        }
    }

    var curves: [CurvePlot] {
        let told = candidates.map { candidate in
            let text = candidate.model.metadata["training"] ?? "[]"
            let reports = try? JSONDecoder().decode([EpochReport].self, from: Data(text.utf8))
            return (candidate.name, reports ?? [])
        }
        func plot(_ title: String, _ yName: String, _ y: (EpochReport) -> Double?) -> CurvePlot {
            CurvePlot(
                title: title, xName: "epoch", yName: yName,
                curves: told.map { name, reports in
                    .init(
                        name,
                        reports.compactMap { report in
                            y(report).map { (Double(report.epoch), $0) }
                        })
                })
        }
        guard told.contains(where: { !$0.1.isEmpty }) else { return [] }
        return [
            plot("Loss", "loss") { $0.loss },
            plot("Recall@1 on windows held back", "recall@1") { $0.recallAt1 },
        ]
    }
}
