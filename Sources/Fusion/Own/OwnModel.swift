import Foundation  // `asinh` and `log`.
import LinearAlgebra
import Signals

/// What is normal for one sense by itself, beyond its principal components: prototypes and normal
/// windows to be near to, normal frames, the usual course, the usual order of log templates.
///
/// Windows are compared in components t whitened by their shrunk variances (`ShrunkMetric`):
/// ```
/// prototype = ½ ln(min_c ‖w − c‖² + 0.001)                  k-means, 16 centres
/// neighbour = ln(‖w − third nearest normal window‖ + 0.001)
/// shift     = asinh(3 min(⟨f, l⟩ / ‖l‖, ‖l‖) / √D)          l: the level of the windows before
/// ```
/// `shift` is large only while this window still lies where the ones before it went: a mean of the
/// past alone would go on ringing after the fault is over.
struct OwnModel: Equatable, Sendable {
    private let metric: ShrunkMetric
    private let prototypes: Prototypes
    private let bank: ReferenceBank?
    private let frames: FrameBank?
    private let motion: NormalMotion?
    private let order: TemplateOrder?

    private static let prototypesMax = 16
    private static let prototypeComponents = 32
    private static let neighbourComponents = 16
    private static let neighbour = 3
    /// Windows that prototypes are sought among, at most.
    private static let fittingMax = 1024

    /// - Parameters:
    ///   - summaries: the fitting windows.
    ///   - features: of those that the sense's map could read.
    ///   - components: of them, `k` directions.
    ///   - map: which made the features.
    init(
        fittingOn summaries: [StreamSummary], features: Matrix, components: PrincipalComponents,
        map: FeatureMap
    ) {
        let metric = ShrunkMetric(of: features, components: components)
        self.metric = metric
        let chosen = thinned(Array(0..<features.rows), to: Self.fittingMax)
        let scores = features.selecting(rows: chosen).timesTransposed(components.directions)
        let whitened = (0..<scores.rows).map { row in
            metric.whitened(scores.row(row).map { Float($0) })
        }
        prototypes = Prototypes(
            of: whitened.map { Array($0.prefix(Self.prototypeComponents)) },
            max: min(Self.prototypesMax, max(1, whitened.count / 8)))
        bank = ReferenceBank(of: whitened.map { Array($0.prefix(Self.neighbourComponents)) })
        switch map.source {
        case .vector(let dimension):
            frames = FrameBank(fittingOn: summaries)
            motion = NormalMotion(
                fittingOn: summaries, scales: Array(map.scale.prefix(dimension)))
            order = nil
        case .log:
            frames = nil
            motion = nil
            order = TemplateOrder(
                fittingOn: summaries.compactMap { summary in
                    if case .log(let log) = summary { log } else { nil }
                })
        }
    }

    /// - Parameters:
    ///   - summary: the window.
    ///   - features: f, of it.
    ///   - scores: t, its components along `directions`.
    ///   - directions: `k × D`, row-major.
    ///   - map: which made the features.
    /// - Returns: what could be measured; a sense's first windows have no course.
    func oddness(
        of summary: StreamSummary, features: [Float], scores: [Float], directions: [Float],
        map: FeatureMap
    ) -> OwnOddness {
        var odd = OwnOddness()
        let w = metric.whitened(scores)
        let nearest = prototypes.distance(to: Array(w.prefix(Self.prototypeComponents)))
        odd.append(.prototype, nearest.map { 0.5 * log($0 * $0 + 1e-3) })
        if let bank {
            let square = bank.squaredDistance(
                to: Array(w.prefix(bank.dimension)), k: Self.neighbour)
            odd.append(.neighbour, log(Double(square).squareRoot() + 1e-3))
        }
        switch summary {
        case .vector(let vector):
            odd.append(.frame, frames?.oddness(of: vector))
            guard let course = vector.course else { break }
            for (measure, level) in [
                (OwnMeasure.shift, course.levelShort), (.drift, course.levelLong),
            ] {
                let l = map.features(ofLevel: level, from: vector.mean)
                let along = product(
                    directions, rows: scores.count, l, significant: level.count)
                odd.append(measure, metric.shift(features, scores, from: l, along))
            }
            let moved = motion?.oddness(of: course)
            odd.append(.turmoil, moved?.turmoil)
            odd.append(.frozen, moved?.frozen)
        case .log(let log):
            odd.append(.order, order?.surprise(of: log))
            odd.append(.silence, log1p(Double(log.quiet)))
        }
        return odd
    }

    func write(to writer: inout ByteWriter) {
        metric.write(to: &writer)
        prototypes.write(to: &writer)
        writer.write(bank != nil)
        bank?.write(to: &writer)
        writer.write(frames != nil)
        frames?.write(to: &writer)
        writer.write(motion != nil)
        motion?.write(to: &writer)
        writer.write(order != nil)
        order?.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws {
        metric = try ShrunkMetric(from: &reader)
        prototypes = try Prototypes(from: &reader)
        bank = try reader.readBool() ? ReferenceBank(from: &reader) : nil
        frames = try reader.readBool() ? FrameBank(from: &reader) : nil
        motion = try reader.readBool() ? NormalMotion(from: &reader) : nil
        order = try reader.readBool() ? TemplateOrder(from: &reader) : nil
        let dimensions = prototypes.centres.map(\.count) + (bank.map { [$0.dimension] } ?? [])
        guard dimensions.allSatisfy({ $0 <= metric.componentCount }) else {
            throw FusionModel.Malformed(reason: "a sense's normal windows have too many components")
        }
    }
}
