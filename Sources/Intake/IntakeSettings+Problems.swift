import Signals

extension IntakeSettings {
    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if let discover, let fault = TopicTemplate.fault(in: discover, needsStream: true) {
            problems.append("intake.discover is \"\(discover)\": \(fault)")
        }
        if discover == nil && streams.isEmpty {
            problems.append(
                "intake.discover is off and no [[streams]] are declared, so nothing would be read.")
        }
        problems += bounds.compactMap { name, value, range in
            range.contains(value)
                ? nil
                : "intake.\(name) is \(value), but must be from \(range.lowerBound) to "
                    + "\(range.upperBound)."
        }
        if timeMin >= timeMax {
            problems.append("intake.time_min must be earlier than intake.time_max.")
        }
        if dimensionWait <= .zero {
            problems.append("intake.dimension_wait is \(dimensionWait), but must be positive.")
        }
        if !(0...1).contains(logs.similarity) {
            problems.append(
                "intake.logs.similarity is \(logs.similarity), but a share is from 0 to 1.")
        }
        for (index, stream) in streams.enumerated() {
            problems += faults(of: stream).map { "streams[\(index)] (\(stream.name)): \($0)" }
            if streams[..<index].contains(where: { $0.topic == stream.topic }) {
                problems.append(
                    "streams[\(index)] (\(stream.name)): topic \"\(stream.topic)\" is declared "
                        + "already; a message goes to the first stream that fits.")
            }
        }
        return problems
    }

    /// MQTT topic filters that bring every message these settings can read, sorted. A filter that
    /// another one covers is left out: brokers send a message once per subscription it fits, and a
    /// sample that comes twice counts twice.
    package var topicFilters: [String] {
        let topics = streams.map(\.topic) + (discover.map { [$0] } ?? [])
        let filters = Set(topics.map { TopicTemplate($0).filter })
        return filters.filter { filter in
            !filters.contains { $0 != filter && covers($0, filter) }
        }.sorted()
    }

    /// Whether every topic that fits `narrow` fits `wide`.
    private func covers(_ wide: String, _ narrow: String) -> Bool {
        let wide = wide.split(separator: "/", omittingEmptySubsequences: false)
        let narrow = narrow.split(separator: "/", omittingEmptySubsequences: false)
        return wide.count == narrow.count && zip(wide, narrow).allSatisfy { $0 == "+" || $0 == $1 }
    }

    private var bounds: [(String, Int, ClosedRange<Int>)] {
        [
            ("assets_max", assetsMax, 1...1_000_000),
            ("streams_per_asset_max", streamsPerAssetMax, 1...10_000),
            ("dimension_samples", dimensionSamples, 1...1000),
            ("dimension_max", dimensionMax, 1...1_000_000),
            ("payload_bytes_max", payloadBytesMax, 1...(256 << 20)),
            ("line_bytes_max", lineBytesMax, 16...(16 << 20)),
            ("logs.templates_max", logs.templatesMax, 1...1_000_000),
            ("logs.depth", logs.depth, 3...32),
            ("logs.children_max", logs.childrenMax, 1...100_000),
        ]
    }

    private func faults(of stream: StreamDeclaration) -> [String] {
        var faults: [String] = []
        if !isName(stream.name.text) {
            faults.append("a stream's name is one topic level of at most 64 bytes.")
        }
        if let fault = TopicTemplate.fault(in: stream.topic, needsStream: false) {
            faults.append("topic is \"\(stream.topic)\": \(fault)")
        }
        if Set(stream.features).count < stream.features.count {
            faults.append("features names two numbers alike; each needs a name of its own.")
        }
        if let dimension = stream.dimension, stream.features.count > dimension {
            faults.append(
                "features has \(stream.features.count) names for a dimension of \(dimension).")
        }
        if let dimension = stream.dimension, !(1...dimensionMax).contains(dimension) {
            faults.append(
                "dimension is \(dimension), but must be from 1 to intake.dimension_max "
                    + "(\(dimensionMax)).")
        }
        let isRaw = stream.encoding == .f32le || stream.encoding == .f64le
        if isRaw && stream.dimension == nil {
            faults.append(
                "encoding \(stream.encoding.rawValue) needs a dimension: raw bytes do not tell "
                    + "their own.")
        }
        if isRaw && stream.kind == .log {
            faults.append("encoding \(stream.encoding.rawValue) cannot carry log lines.")
        }
        if stream.encoding == .text && stream.kind == .vector {
            faults.append("encoding text cannot carry vectors; json, f32le and f64le can.")
        }
        if stream.timestamp.source == .head && !isRaw {
            faults.append("timestamp.source head needs encoding f32le or f64le.")
        }
        if stream.timestamp.source == .field && isRaw {
            faults.append(
                "timestamp.source field needs JSON; raw encodings have head or arrival.")
        }
        if let lookback = stream.lookback, lookback <= .zero {
            faults.append("lookback is \(lookback), but must be positive.")
        }
        if stream.hold < .zero {
            faults.append("hold is \(stream.hold), but cannot be negative.")
        }
        return faults
    }
}
