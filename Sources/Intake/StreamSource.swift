package import Signals

/// One way samples come in: a declared stream, or discovery, made ready for reading.
struct StreamSource: Sendable {
    let declaration: StreamDeclaration
    let template: TopicTemplate
    let fields: PayloadFields
    let isDiscovery: Bool

    init(_ declaration: StreamDeclaration, numbersMax: Int, isDiscovery: Bool) {
        self.declaration = declaration
        self.isDiscovery = isDiscovery
        template = TopicTemplate(declaration.topic)
        fields = PayloadFields(
            value: declaration.valueField, line: declaration.lineField,
            time: declaration.timestamp.field, numbersMax: numbersMax)
    }

    /// The kind that the declaration fixes, by name or by encoding.
    var kind: StreamKind? {
        declaration.kind
            ?? {
                switch declaration.encoding {
                case .f32le, .f64le: .vector
                case .text: .log
                case .auto, .json: nil
                }
            }()
    }
}

/// What the reader knows of one stream. Windowing is set up from it.
package struct StreamDescription: Equatable, Sendable {
    package var name: StreamName
    /// `nil` until the first sample.
    package var kind: StreamKind?
    /// Numbers in one vector; `nil` for logs, and while it is learnt.
    package var dimension: Int?
    package var cadence: Cadence
    /// `nil`: the window length.
    package var lookback: Duration?
    package var hold: Duration
    /// Declared in the settings, or discovered.
    package var isDeclared: Bool
    /// Templates known of a log stream.
    package var templatesTotal: Int
}

/// What must survive a restart of one asset's intake.
package struct IntakeState: Equatable, Sendable, Codable {
    package struct LearntStream: Equatable, Sendable, Codable {
        package var name: StreamName
        package var kind: StreamKind
        package var dimension: Int?
        package var templates: LogTemplatesState?
    }

    /// Sorted by name.
    package var streams: [LearntStream]
    package var isFrozen: Bool

    /// As `SignalReader.frozenTemplates(of:)`.
    package var frozenTemplates: [StreamName: [String]] {
        var texts: [StreamName: [String]] = [:]
        for stream in streams {
            guard let state = stream.templates else { continue }
            texts[stream.name] = state.templates.prefix(
                state.frozenCount ?? state.templates.count
            ).map { $0.words.joined(separator: " ") }
        }
        return texts
    }
}
