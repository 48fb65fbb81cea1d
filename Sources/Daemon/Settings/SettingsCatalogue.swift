import Signals

/// Every section and key of the settings file, in the order the file shows them.
enum SettingsCatalogue {
    static let sections: [SettingsSection] = [
        gateway, broker, intake, intakeLogs, windowing, activity, health, fusion, learning,
        detection,
        detectionWeights, alarms,
        diagnosis, recall, store, publishing, status, control, log,
    ]

    /// The list of tables `[[streams]]`.
    static let streamsName = "streams"

    /// What has to stand in every `[[streams]]` entry.
    static let streamsRequired = ["name", "topic"]

    static func section(_ name: String) -> SettingsSection? {
        sections.first { $0.name == name }
    }

    /// The section and key with the path `section.key`.
    static func key(_ path: String) -> (SettingsSection, SettingsKey<DaemonSettings>)? {
        for section in sections where path.hasPrefix(section.name + ".") {
            let name = path.dropFirst(section.name.count + 1)
            if let key = section.keys.first(where: { $0.name == name }) { return (section, key) }
        }
        return nil
    }

    /// What to say about a key that `section` does not have: what was meant, or where it belongs.
    static func help(forUnknown key: String, in section: SettingsSection) -> String {
        let names = section.keys.map(\.name)
        if let near = NearMiss.best(for: key, among: names) {
            return "unknown key `\(key)`; did you mean `\(near)`?"
        }
        if let owner = sections.first(where: { $0.keys.contains { $0.name == key } }) {
            return "unknown key `\(key)` in [\(section.name)]; it belongs to [\(owner.name)]."
        }
        return "unknown key `\(key)`; [\(section.name)] has " + names.joined(separator: ", ") + "."
    }

    /// What to say about a name at the top of the file that is no section.
    static func help(forUnknownSection name: String) -> String {
        let names = sections.map(\.name) + [streamsName, assetsName]
        if let owner = sections.first(where: { $0.keys.contains { $0.name == name } }) {
            return "unknown section `\(name)`; the key `\(name)` belongs to [\(owner.name)]."
        }
        if let near = NearMiss.best(for: name, among: names) {
            return "unknown section `\(name)`; did you mean `\(near)`?"
        }
        return "unknown section `\(name)`; there are " + names.joined(separator: ", ") + "."
    }

    /// What to say about an environment variable that names no key.
    static func help(forUnknownVariable name: String) -> String {
        if name.hasPrefix("ANCHORD__STREAMS") {
            return "streams are declared in files only; put a drop-in into conf.d."
        }
        if name.hasPrefix("ANCHORD__ASSETS") {
            return "what one asset has of its own is set in files only; put a drop-in into conf.d."
        }
        let names = sections.flatMap { section in
            section.keys.map { section.variable(for: $0.name) }
        }
        guard let near = NearMiss.best(for: name, among: names) else {
            return "unknown setting; variables are named ANCHORD__SECTION__KEY."
        }
        return "unknown setting; did you mean \(near)?"
    }
}
