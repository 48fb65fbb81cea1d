import Intake
import Signals
import Windowing

/// Takes settings over from one document after another, and from the environment.
///
/// In: documents, in the order in which later ones win. Out: settings, the origin of each value,
/// and every fault. A faulty entry leaves the field as it was.
struct SettingsReader {
    private(set) var loaded = LoadedSettings(
        settings: DaemonSettings(), faults: [], files: [], origins: [:])
    /// The documents by file, for pointing at lines when the rooms have something to say.
    private var documents: [String: SettingsDocument] = [:]

    mutating func refuse(_ fault: SettingsFault) {
        loaded.files.append(fault.file)
        loaded.faults.append(fault)
    }

    mutating func read(_ document: SettingsDocument) {
        loaded.files.append(document.file)
        documents[document.file] = document
        for (name, value) in document.root.sorted(by: { $0.key < $1.key }) {
            if name == SettingsCatalogue.streamsName {
                readStreams(value, in: document)
            } else if name == SettingsCatalogue.assetsName {
                readAssets(value, in: document)
            } else if let section = SettingsCatalogue.section(name) {
                read(section, from: value, in: document)
            } else {
                fault([name], nil, SettingsCatalogue.help(forUnknownSection: name), in: document)
            }
        }
    }

    private mutating func read(
        _ section: SettingsSection, from value: SettingsValue, in document: SettingsDocument
    ) {
        guard case .table(let entries) = value else {
            let message = "expected the section [\(section.name)], found \(value.noun)."
            return fault(section.path, value, message, in: document)
        }
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
            let path = section.path + [name]
            if let key = section.keys.first(where: { $0.name == name }) {
                if let message = key.write(value, to: &loaded.settings) {
                    fault(path, value, message, in: document)
                } else {
                    noteOrigin(path, in: document)
                }
            } else if let inner = SettingsCatalogue.section(path.joined(separator: ".")) {
                read(inner, from: value, in: document)
            } else {
                let message =
                    section.refused[name]
                    ?? SettingsCatalogue.help(forUnknown: name, in: section)
                fault(path, value, message, in: document)
            }
        }
    }

    mutating func read(environment: [String: String]) {
        var variables: [String: (SettingsSection, SettingsKey<DaemonSettings>)] = [:]
        var refused: [String: String] = [:]
        for section in SettingsCatalogue.sections {
            for key in section.keys { variables[section.variable(for: key.name)] = (section, key) }
            for (key, reason) in section.refused { refused[section.variable(for: key)] = reason }
        }
        for (name, text) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("ANCHORD__") {
            var value = SettingsValue.text(text)
            let message: String?
            if let (section, key) = variables[name] {
                if !key.isText { value = SettingsDocument.value(inEnvironment: text) }
                message = key.write(value, to: &loaded.settings)
                if message == nil {
                    loaded.origins["\(section.name).\(key.name)"] = .environment(name)
                }
            } else {
                message = refused[name] ?? SettingsCatalogue.help(forUnknownVariable: name)
            }
            if let message {
                loaded.faults.append(
                    SettingsFault(
                        file: "environment", key: name,
                        value: SecretMask.shown(value, key: name), message: message))
            }
        }
    }

    /// Asks each room what is wrong with its settings, and points at the lines of the keys.
    mutating func askRooms() {
        for sentence in loaded.settings.problems() {
            loaded.faults.append(RoomSentence(sentence, about: loaded).fault(documents))
        }
    }

    /// Puts the faults into the order in which people read: files, lines, the environment last.
    mutating func sortFaults() {
        let order = Dictionary(
            loaded.files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        loaded.faults.sort { a, b in
            (order[a.file] ?? .max, a.line ?? 0, a.column ?? 0, a.key ?? "", a.message)
                < (order[b.file] ?? .max, b.line ?? 0, b.column ?? 0, b.key ?? "", b.message)
        }
    }

    private mutating func fault(
        _ path: [String], _ value: SettingsValue?, _ message: String, in document: SettingsDocument
    ) {
        let position = document.position(of: path)
        let key = path.joined(separator: ".")
        loaded.faults.append(
            SettingsFault(
                file: document.file, line: position.line, column: position.column, key: key,
                value: value.map { SecretMask.shown($0, key: key) }, message: message))
    }

    private mutating func noteOrigin(
        _ path: [String], as key: String? = nil, in document: SettingsDocument
    ) {
        let position = document.position(of: path)
        loaded.origins[key ?? path.joined(separator: ".")] = .file(
            document.file, line: position.line, column: position.column)
    }

    // MARK: Assets

    /// Tables by asset. A later file adds to what an earlier one set.
    private mutating func readAssets(_ value: SettingsValue, in document: SettingsDocument) {
        let section = SettingsCatalogue.assetsName
        guard case .table(let assets) = value else {
            let message = "expected [\(section).NAME] tables, found \(value.noun)."
            return fault([section], value, message, in: document)
        }
        let keys = SettingsCatalogue.assetKeys
        for (name, entry) in assets.sorted(by: { $0.key < $1.key }) {
            guard case .table(let fields) = entry else {
                let near = NearMiss.best(for: name, among: keys.map(\.name))
                let help = near.map { " `\($0)` for all assets stands in [activity]." } ?? ""
                fault(
                    [section, name], entry,
                    "expected the table [\(section).\(name)] of an asset, found \(entry.noun).\(help)",
                    in: document)
                continue
            }
            var override = loaded.settings.assets[AssetName(name)] ?? AssetOverride()
            for (field, value) in fields.sorted(by: { $0.key < $1.key }) {
                let path = [section, name, field]
                guard let key = keys.first(where: { $0.name == field }) else {
                    let near = NearMiss.best(for: field, among: keys.map(\.name))
                    let help =
                        near.map { "did you mean `\($0)`?" }
                        ?? "an asset has " + keys.map(\.name).joined(separator: ", ") + "."
                    fault(path, value, "unknown key `\(field)`; \(help)", in: document)
                    continue
                }
                if let message = key.write(value, to: &override) {
                    fault(path, value, message, in: document)
                } else {
                    noteOrigin(path, in: document)
                }
            }
            loaded.settings.assets[AssetName(name)] = override
        }
    }

    // MARK: Streams

    private mutating func readStreams(_ value: SettingsValue, in document: SettingsDocument) {
        let name = SettingsCatalogue.streamsName
        guard case .list(let entries) = value else {
            let message =
                "expected [[\(name)]] entries, found \(value.noun); the brackets are double."
            return fault([name], value, message, in: document)
        }
        var seen: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let path = [name, String(index)]
            guard case .table(let fields) = entry else {
                fault(
                    path, entry, "expected a [[\(name)]] entry, found \(entry.noun).", in: document)
                continue
            }
            guard let stream = readStream(fields, at: path, in: document) else { continue }
            if !seen.insert(stream.name.text).inserted {
                fault(
                    path + ["name"], .text(stream.name.text),
                    "declared twice in this file; only an entry of a later file replaces.",
                    in: document)
                continue
            }
            keep(stream, declaredAt: path, with: fields, in: document)
        }
    }

    /// One entry; `nil` when it lacks what every entry needs.
    private mutating func readStream(
        _ fields: [String: SettingsValue], at path: [String], in document: SettingsDocument
    ) -> StreamDeclaration? {
        let keys = SettingsCatalogue.streamKeys
        var stream = StreamDeclaration(name: StreamName(""), topic: "")
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let key = keys.first(where: { $0.name == name }) {
                if let message = key.write(value, to: &stream) {
                    fault(path + [name], value, message, in: document)
                }
            } else {
                let near = NearMiss.best(for: name, among: keys.map(\.name))
                let help =
                    near.map { "did you mean `\($0)`?" }
                    ?? "a stream has " + keys.map(\.name).joined(separator: ", ") + "."
                fault(path + [name], value, "unknown key `\(name)`; \(help)", in: document)
            }
        }
        let missing = SettingsCatalogue.streamsRequired.filter { fields[$0] == nil }
        for name in missing {
            fault(path, nil, "the entry has no `\(name)`, which every stream needs.", in: document)
        }
        return missing.isEmpty ? stream : nil
    }

    private mutating func keep(
        _ stream: StreamDeclaration, declaredAt path: [String],
        with fields: [String: SettingsValue], in document: SettingsDocument
    ) {
        let prefix = "\(SettingsCatalogue.streamsName).\(stream.name)."
        loaded.origins = loaded.origins.filter { !$0.key.hasPrefix(prefix) }
        for field in fields.keys { noteOrigin(path + [field], as: prefix + field, in: document) }
        let same = loaded.settings.intake.streams.firstIndex { $0.name == stream.name }
        if let same {
            loaded.settings.intake.streams[same] = stream
        } else {
            loaded.settings.intake.streams.append(stream)
        }
    }
}
