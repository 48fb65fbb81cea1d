import Detection
import Fusion
import Intake
import LinearAlgebra
import Recall
import Signals
import Store
import Windowing

/// Makes a query of a request: what is looked for, as directions in the spaces of the models that know it.
struct SearchTerms {
    let settings: DaemonSettings
    let reader: HistoryReader
    /// By the wall clock, which "1h ago" counts back from.
    let now: EventTime

    struct Terms {
        var query: RecallQuery
        /// Where the example is, which is no answer to itself.
        var example: (pack: WindowPack, index: Int)?
        /// Of the spaces that it was carried to from another: how much of it came over.
        var fidelity: [String: Double] = [:]
    }

    func terms(
        of request: SearchRequest, shelf: RecallShelf, labels: [LabelRow]
    ) throws -> Terms {
        let given = [
            request.at != nil, request.vector != nil, request.text != nil,
            request.embedding != nil,
        ].count(where: \.self)
        guard given == 1 else {
            throw SearchRefusal(
                "could not search: name one thing to look for, which is a window (asset and at), a vector (with asset and by), a text (with asset), or an embedding (with asset)"
            )
        }
        guard let name = request.asset else {
            throw SearchRefusal(
                "could not search: name the asset whose window it is, or whose model reads it")
        }
        let asset = AssetName(name)
        var terms: Terms
        if let at = request.at {
            terms = try window(of: asset, at: at, request, shelf)
        } else {
            terms = try handedIn(request, asset, shelf)
        }
        terms.query.filter = try filter(request, labels)
        terms.query.count = min(max(1, request.top ?? SearchRequest.topUsual), SearchRequest.topMax)
        if let apart = request.apart {
            guard let span = DurationText.duration(apart), span >= .zero else {
                throw SearchRefusal(
                    "could not search: apart is \"\(apart)\"; write a length of time such as \"1m\", or \"0s\" for every window"
                )
            }
            terms.query.apart = span
        } else {
            terms.query.apart = SearchRequest.apartUsual
        }
        if let example = terms.example, request.find == nil || request.find == request.by {
            // Nothing is more like a window than itself, or than its neighbours in its span.
            let start = example.pack.start(example.index)
            let span = max(terms.query.apart, .milliseconds(1))
            terms.query.filter.without[asset, default: []].append(
                start - span + .milliseconds(1)..<start + span)
        }
        return terms
    }

    private func view(_ request: SearchRequest, else by: String?) -> RecallQuery.View {
        (request.find ?? by).map { .sense(StreamName($0)) } ?? .anchor
    }

    private func window(
        of asset: AssetName, at text: String, _ request: SearchRequest, _ shelf: RecallShelf
    ) throws -> Terms {
        guard let time = Moment.read(text, now: now) else {
            throw SearchRefusal("could not search: at is \"\(text)\"; write \(Moment.words)")
        }
        // A thinned past still has its nearest window.
        let reach = max(settings.windowing.length, settings.recall.sparseEvery)
        guard let example = shelf.window(of: asset, at: time, within: reach) else {
            let known = Set(shelf.packs.map(\.asset.text)).sorted().prefix(20)
            throw SearchRefusal(
                "could not search: no window of \"\(asset)\" is remembered at \(text); assets with remembered windows are: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
            )
        }
        let by = request.by.map { RecallQuery.View.sense(StreamName($0)) } ?? .anchor
        guard let z = example.pack.direction(of: example.index, view: by), let query = ByteQuery(z)
        else {
            let senses = example.pack.window(example.index).senses.keys.sorted().map(\.text)
            throw SearchRefusal(
                "could not search: \(request.by ?? "no sense") took no part in that window's unified space; those that did are: \(senses.isEmpty ? "none" : senses.joined(separator: ", "))"
            )
        }
        var terms = Terms(
            query: RecallQuery(
                directions: [example.pack.space: query], view: view(request, else: request.by)),
            example: example)
        try carryOver(z, of: asset, view: by, from: example.pack.space, shelf, in: &terms)
        return terms
    }

    /// Adds where a place would be in the spaces of the asset's other models.
    private func carryOver(
        _ z: [Float], of asset: AssetName, view: RecallQuery.View, from space: String,
        _ shelf: RecallShelf, in terms: inout Terms
    ) throws {
        let others = Set(shelf.packs.map(\.space)).subtracting([space])
        guard !others.isEmpty else { return }
        let crossings = try SpaceBridges(of: asset, from: space, into: others, reader: reader)
            .crossings(of: z, view: view)
        for (space, crossing) in crossings {
            terms.query.directions[space] = crossing.direction
            terms.fidelity[space] = crossing.fidelity
        }
    }

    /// A vector or a text, through every model that is kept of the asset: what was seen by an earlier one is
    /// found too. An embedding is a place of the newest model that has as many dimensions.
    private func handedIn(
        _ request: SearchRequest, _ asset: AssetName, _ shelf: RecallShelf
    ) throws -> Terms {
        if let embedding = request.embedding {
            let newest = shelf.packs.filter { $0.asset == asset && $0.width == embedding.count }
                .max { $0.last < $1.last }
            guard let query = ByteQuery(embedding), let space = newest?.space else {
                throw SearchRefusal(
                    "could not search: no remembered window of \"\(asset)\" is in a space of \(embedding.count) dimensions, or the embedding is all zeros"
                )
            }
            var terms = Terms(
                query: RecallQuery(
                    directions: [space: query], view: view(request, else: request.by)))
            try carryOver(
                normalised(embedding), of: asset,
                view: request.by.map { .sense(StreamName($0)) } ?? .anchor, from: space, shelf,
                in: &terms)
            return terms
        }
        let models = try SpaceBridges.services(of: asset, reader: reader)
        guard !models.isEmpty else {
            throw SearchRefusal(
                "could not search: \"\(asset)\" has no model yet; `anchord asset list` names the assets"
            )
        }
        let (by, summary) = try summary(of: request, models)
        var directions: [String: ByteQuery] = [:]
        for service in models {
            let model = service.model
            guard directions[model.space(service.modelID)] == nil,
                let encoder = model.encoders[by], Self.says(summary, to: encoder),
                let z = Self.place(of: summary, of: by, in: model), let query = ByteQuery(z)
            else { continue }
            directions[model.space(service.modelID)] = query
        }
        guard !directions.isEmpty else {
            let senses = Set(models.flatMap(\.model.alignedStreams)).sorted().map(\.text)
            throw SearchRefusal(
                "could not search: the model of \"\(asset)\" places no such thing of \"\(by)\" in its unified space (another dimension, words that it does not know, or a sense that takes no part); senses that do are: \(senses.isEmpty ? "none" : senses.joined(separator: ", "))"
            )
        }
        return Terms(
            query: RecallQuery(directions: directions, view: view(request, else: by.text)))
    }

    /// The common part of one sense alone.
    private static func place(
        of summary: StreamSummary, of sense: StreamName, in model: FusionModel
    ) -> [Float]? {
        let moment = EventTime(nanoseconds: 0)
        return model.embed(
            WindowSummary(start: moment, end: moment, streams: [sense: summary])
        ).senses[sense]?.common
    }

    /// Whether a text has a word that the encoder knows; without one it would be placed all the same.
    private static func says(_ summary: StreamSummary, to encoder: SenseEncoder) -> Bool {
        guard case .log(let log) = summary else { return true }
        // Its template is one that nobody has.
        return encoder.linear.unseenTerms(of: summary, count: log.counts.count).count
            < log.counts.count
    }

    private func summary(
        of request: SearchRequest, _ models: [AssetDetector.Service]
    ) throws -> (StreamName, StreamSummary) {
        if let text = request.text {
            let logs = models.lazy.flatMap { service in
                service.model.encoders.filter { $0.value.linear.vocabulary != nil }.keys.sorted()
            }
            guard let by = request.by.map({ StreamName($0) }) ?? logs.first else {
                throw SearchRefusal(
                    "could not search: the asset has no log stream to read a text by")
            }
            let terms = LogPhrase.terms(of: text, masking: settings.intake.logs.mask)
            guard !terms.isEmpty else {
                throw SearchRefusal(
                    "could not search: the text has no word that a log line is remembered by")
            }
            // A template that nobody has: the words alone are looked by.
            let line = LogRecord(template: -1, isUnseen: true, terms: terms, severity: .unknown)
            return (by, .log(LogSummary(records: [line])))
        }
        guard let by = request.by, let frames = request.vector, let first = frames.first,
            frames.count <= SearchRequest.framesMax,
            frames.allSatisfy({ $0.count == first.count && $0.allSatisfy(\.isFinite) }),
            var summary = VectorSummary(vectors: frames)
        else {
            throw SearchRefusal(
                "could not search: a vector needs its stream's name as by, and is a list of numbers, or of frames of equally many numbers"
            )
        }
        summary.kept = frames.flatMap(\.self)
        return (StreamName(by), .vector(summary))
    }
}

extension FusionModel {
    /// The space that its places are in: of a trained model, shared by every asset it serves; else the
    /// asset's own, of this one fit.
    func space(_ modelID: String) -> String { networkID ?? modelID }
}
