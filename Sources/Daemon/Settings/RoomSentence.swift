import Intake
import Signals

/// A sentence of a room's `problems()`, and the setting it is about.
///
/// Sentences begin with the key: `windowing.length is 0.0 seconds, but a window needs ...`, or for
/// a declared stream `streams[0] (camera): hold is ...`.
struct RoomSentence {
    private let sentence: String
    private let loaded: LoadedSettings

    init(_ sentence: String, about loaded: LoadedSettings) {
        self.sentence = sentence
        self.loaded = loaded
    }

    /// The sentence with the place of its key, if a file or the environment set it. A key at its
    /// default, at odds with one that was set, points at its section.
    func fault(_ documents: [String: SettingsDocument]) -> SettingsFault {
        if let fault = streamFault() { return fault }
        let path = String(firstWord(of: sentence))
        let found = SettingsCatalogue.key(path)
        let value = found.flatMap { $0.1.value(in: loaded.settings) }
        let shown = value.map { SecretMask.shown($0, key: path) }
        let message = complaint(sentence, about: path)
        switch loaded.origins[path] ?? .default {
        case .environment(let name):
            return SettingsFault(file: "environment", key: name, value: shown, message: message)
        case .file(let file, let line, let column):
            return SettingsFault(
                file: file, line: line, column: column, key: path, value: shown, message: message)
        case .default:
            let section = path.split(separator: ".").dropLast().map(String.init)
            let file = loaded.files.last { documents[$0]?.root[section.first ?? ""] != nil }
            let position = file.flatMap { documents[$0]?.position(of: section) }
            return SettingsFault(
                file: file ?? loaded.files.first ?? "environment", line: position?.line,
                column: position?.column, key: found == nil ? nil : path,
                value: shown.map { "\($0) (the default)" }, message: message)
        }
    }

    /// `streams[0] (camera): ` names an entry; the first word after it, the key.
    private func streamFault() -> SettingsFault? {
        guard let match = sentence.prefixMatch(of: #/streams\[(\d+)\][^:]*: /#),
            let index = Int(match.1), loaded.settings.intake.streams.indices.contains(index)
        else { return nil }
        let stream = loaded.settings.intake.streams[index]
        let name = "\(SettingsCatalogue.streamsName).\(stream.name)"
        let rest = sentence[match.range.upperBound...]
        let word = firstWord(of: rest)
        let field = word.replacing(".", with: "_")
        let key = SettingsCatalogue.streamKeys.first { $0.name == field }
        let origin = [field, "name"].lazy.compactMap { loaded.origins["\(name).\($0)"] }.first
        guard case .file(let file, let line, let column)? = origin else { return nil }
        return SettingsFault(
            file: file, line: line, column: column, key: key.map { "\(name).\($0.name)" } ?? name,
            value: key?.value(in: stream).map { SecretMask.shown($0, key: String(word)) },
            message: complaint(rest, about: word))
    }

    private func firstWord(of text: some StringProtocol) -> Substring {
        Substring(text).prefix { !" ,:".contains($0) }
    }

    /// Key and value are shown already, so "windowing.length is 0.0 seconds, but" is not said again.
    private func complaint(_ text: some StringProtocol, about key: some StringProtocol) -> String {
        guard text.hasPrefix("\(key) is "), let but = text.firstRange(of: ", but ") else {
            return String(text)
        }
        return String(text[but.upperBound...])
    }
}
