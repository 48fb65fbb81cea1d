package import Signals

/// What became of one message.
package enum Reading: Equatable, Sendable {
    case sample(Sample)
    /// The dimension is settled: this sample, and those that waited for it, in order of arrival.
    case released([Sample])
    /// Waits until the stream's dimension is settled; a later message or `settle` releases it.
    case held
    case rejected(Rejection)
}

/// Turns messages into samples, for all assets of the gateway.
///
/// In: messages, in order of arrival. Out: samples, or a reason. Learns streams nobody declared, the
/// dimensions of vectors and the templates of log lines; the same messages teach the same things.
///
/// A value with no clock, no tasks and no I/O; time arrives with the messages.
package struct SignalReader: Sendable {
    struct Route: Sendable {
        var stream: Int
        var source: Int
    }

    struct Asset: Sendable {
        var streams: [StreamName: Int] = [:]
        var discoveredTotal = 0
        var tally = Tally()
        var isFrozen = false
        var isDirty = false
    }

    let settings: IntakeSettings
    private let masks: LineMasks
    let sources: [StreamSource]
    private var parser = JSONParser()
    private var line = MaskedLine()
    var streams: [StreamReader] = []
    var assetsByName: [AssetName: Asset] = [:]
    /// Streams that hold vectors back, in the order they began to.
    var learning: [Int] = []
    var tally = Tally()
    /// What was refused of streams that have not given one message that could be read.
    var strangers: [AssetName: [StreamName: Tally]] = [:]
    private var strangersTotal = 0
    /// Others count under their asset, or the gateway.
    package static let strangersMax = 256

    /// Where each topic leads, so that a topic is taken apart once. Cleared when it is full, which
    /// costs one taking apart per topic.
    var routes: [String: Route] = [:]
    private static let routesMax = 65_536

    /// The last message that was refused, for a rate-limited log line.
    package private(set) var lastRefusal: Refusal?

    package init(settings: IntakeSettings) {
        self.settings = settings
        masks = LineMasks(settings.logs.mask)
        var sources = settings.streams.map {
            StreamSource($0, numbersMax: settings.dimensionMax, isDiscovery: false)
        }
        if let topic = settings.discover {
            // Every stream of discovery has its own name; this one is never shown.
            let discovery = StreamDeclaration(name: StreamName("discovered"), topic: topic)
            sources.append(
                StreamSource(discovery, numbersMax: settings.dimensionMax, isDiscovery: true))
        }
        self.sources = sources
    }

    package mutating func read(_ message: Message) -> Reading {
        if let route = routes[message.topic] {
            return read(message, at: route)
        }
        do throws(Refusal) {
            return try readUnrouted(message)
        } catch {
            return reject(message, error, asset: nil, stream: nil)
        }
    }

    /// Vectors wait for their stream's dimension to be settled.
    package var isHolding: Bool { !learning.isEmpty }

    /// Lets go of vectors that have waited longer than `dimension_wait` for a second opinion.
    package mutating func settle(at arrival: Arrival) -> [Sample] {
        var released: [Sample] = []
        for index in learning {
            guard let since = streams[index].heldSince,
                arrival.elapsed - since >= settings.dimensionWait.nanoseconds
            else { continue }
            released += streams[index].settleByMajority()
        }
        learning.removeAll { streams[$0].heldSince == nil }
        return released
    }

    private mutating func read(_ message: Message, at route: Route) -> Reading {
        let asset = streams[route.stream].asset
        streams[route.stream].tally.received.count(message.qos)
        do throws(Refusal) {
            try check(message)
            let wasLearning = streams[route.stream].learner != nil
            let reading = try streams[route.stream].read(
                message, with: bench(route.source, asset), line: &line)
            let isLearning = streams[route.stream].learner != nil
            if isLearning != wasLearning {
                if isLearning {
                    learning.append(route.stream)
                } else {
                    learning.removeAll { $0 == route.stream }
                }
            }
            return reading
        } catch {
            streams[route.stream].tally.count(error.reason)
            return note(
                message, error, asset: asset, stream: streams[route.stream].name)
        }
    }

    /// A topic for the first time. A stream is made only by a message that can be read: garbage
    /// costs a counter, not a place among the assets.
    private mutating func readUnrouted(_ message: Message) throws(Refusal) -> Reading {
        guard let (source, asset, stream) = try destination(of: message.topic) else {
            throw Refusal(.unknownTopic)
        }
        if let known = assetsByName[asset]?.streams[stream] {
            streams[known].source = source
            let route = Route(stream: known, source: source)
            remember(route, for: message.topic)
            return read(message, at: route)
        }
        do throws(Refusal) {
            try check(message)
            if assetsByName[asset] == nil, assetsByName.count >= settings.assetsMax {
                throw Refusal(.tooManyAssets, expected: settings.assetsMax)
            }
            if sources[source].isDiscovery,
                assetsByName[asset]?.discoveredTotal ?? 0 >= settings.streamsPerAssetMax
            {
                throw Refusal(.tooManyStreams, expected: settings.streamsPerAssetMax)
            }
            var reader = StreamReader(asset: asset, name: stream)
            reader.source = source
            reader.tally.received.count(message.qos)
            let reading = try reader.read(message, with: bench(source, asset), line: &line)
            let index = add(reader, isDiscovered: sources[source].isDiscovery)
            if reader.learner != nil { learning.append(index) }
            remember(Route(stream: index, source: source), for: message.topic)
            return reading
        } catch {
            return reject(message, error, asset: asset, stream: stream)
        }
    }

    private func destination(
        of topic: String
    ) throws(Refusal) -> (source: Int, asset: AssetName, stream: StreamName)? {
        for (index, source) in sources.enumerated() {
            guard let (asset, stream) = source.template.match(topic) else { continue }
            guard isName(asset), stream.map({ isName($0) }) ?? true else {
                throw Refusal(.badAssetName)
            }
            return (
                index, AssetName(String(asset)),
                stream.map { StreamName(String($0)) } ?? source.declaration.name
            )
        }
        return nil
    }

    private func check(_ message: Message) throws(Refusal) {
        if message.isRetained { throw Refusal(.retained) }
        if message.payload.isEmpty { throw Refusal(.emptyPayload) }
        if message.payload.count > settings.payloadBytesMax {
            throw Refusal(
                .payloadTooLarge, expected: settings.payloadBytesMax, found: message.payload.count)
        }
    }

    private mutating func bench(_ source: Int, _ asset: AssetName) -> StreamReader.Bench {
        // A copy of this reader may be at work on another thread, with the same parser.
        if !isKnownUniquelyReferenced(&parser) { parser = JSONParser() }
        return StreamReader.Bench(
            settings: settings, masks: masks, parser: parser, source: sources[source],
            isFrozen: assetsByName[asset]?.isFrozen ?? false)
    }

    mutating func add(_ reader: StreamReader, isDiscovered: Bool) -> Int {
        streams.append(reader)
        let index = streams.count - 1
        assetsByName[reader.asset, default: Asset()].streams[reader.name] = index
        if isDiscovered { assetsByName[reader.asset]?.discoveredTotal += 1 }
        if let refused = removeStranger(reader.asset, reader.name) {
            for (reason, total) in refused.rejectedTotal {
                streams[index].tally.count(reason, times: total)
            }
        }
        return index
    }

    private mutating func remember(_ route: Route, for topic: String) {
        if routes.count >= Self.routesMax { routes.removeAll(keepingCapacity: true) }
        routes[topic] = route
    }

    private mutating func removeStranger(_ asset: AssetName, _ stream: StreamName) -> Tally? {
        guard let tally = strangers[asset]?.removeValue(forKey: stream) else { return nil }
        strangersTotal -= 1
        if strangers[asset]?.isEmpty == true { strangers[asset] = nil }
        return tally
    }

    mutating func forgetStrangers(of asset: AssetName) {
        strangersTotal -= strangers.removeValue(forKey: asset)?.count ?? 0
    }

    /// Counts a message whose stream does not exist: under the name it would have while there are not
    /// too many of these, else under its asset if that one is known.
    private mutating func reject(
        _ message: Message, _ refusal: Refusal, asset: AssetName?, stream: StreamName?
    ) -> Reading {
        // A stream there is no room for may be as good as any.
        let isUnread = refusal.reason != .tooManyAssets && refusal.reason != .tooManyStreams
        if isUnread, let asset, let stream,
            strangers[asset]?[stream] != nil || strangersTotal < Self.strangersMax
        {
            if strangers[asset]?[stream] == nil { strangersTotal += 1 }
            strangers[asset, default: [:]][stream, default: Tally()].count(refusal.reason)
        } else if let asset, assetsByName[asset] != nil {
            assetsByName[asset]?.tally.count(refusal.reason)
        } else {
            tally.count(refusal.reason)
        }
        return note(message, refusal, asset: asset, stream: stream)
    }

    private mutating func note(
        _ message: Message, _ refusal: Refusal, asset: AssetName?, stream: StreamName?
    ) -> Reading {
        var refusal = refusal
        refusal.asset = asset
        refusal.stream = stream
        refusal.topic = Refusal.excerpt(of: message.topic)
        refusal.payloadBytes = message.payload.count
        lastRefusal = refusal
        return .rejected(refusal.reason)
    }
}
