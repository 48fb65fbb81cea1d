/// One key of the settings file: its name, its type, what it means, and the field it sets.
///
/// Reading, printing, the help for unknown keys and `config/anchord.toml` all come from lists of
/// these, so there is no second place to keep in step.
struct SettingsKey<Root>: Sendable {
    var name: String
    /// What it sets and why the default is what it is, for the operator.
    var meaning: String
    /// A value to show where the default is none.
    var example: SettingsValue?
    /// An environment variable holds it as it is, without quotes.
    var isText: Bool

    private var expected: String
    private var choices: [String]
    private var misfit: @Sendable (SettingsValue) -> SettingsValue?
    private var get: @Sendable (Root) -> SettingsValue?
    private var set: @Sendable (inout Root, SettingsValue) -> Bool

    init<Value>(
        _ name: String, _ field: any WritableKeyPath<Root, Value> & Sendable,
        _ type: SettingsType<Value>, example: SettingsValue? = nil, _ meaning: String
    ) {
        self.name = name
        self.meaning = meaning
        self.example = example
        isText = type.isText
        expected = type.expected
        choices = type.choices
        misfit = type.misfit
        get = { type.encode($0[keyPath: field]) }
        set = { root, value in
            guard let decoded = type.decode(value) else { return false }
            root[keyPath: field] = decoded
            return true
        }
    }

    /// The value as the file would hold it; `nil` when there is none.
    func value(in root: Root) -> SettingsValue? { get(root) }

    /// Sets the field. Returns what is wrong with `value`, and then leaves the field alone.
    func write(_ value: SettingsValue, to root: inout Root) -> String? {
        if set(&root, value) { return nil }
        return "expected \(expected), found \(value.noun)" + correction(of: value)
    }

    private func correction(of value: SettingsValue) -> String {
        if let element = misfit(value) {
            return " with \(element.noun) in it" + correction(of: element)
        }
        guard case .text(let word) = value,
            let near = NearMiss.best(for: word, among: choices)
        else { return "." }
        return "; did you mean \"\(near)\"?"
    }
}

/// One table of the settings file.
struct SettingsSection: Sendable {
    /// `broker`, or `intake.logs` for a table inside another.
    var name: String
    /// What it is about, for the operator; lines of a drawing stay as they are.
    var meaning: String
    /// Its values shape verdicts, so they belong into the settings hash of a verdict.
    var shapesVerdicts = false
    /// Keys that are refused, with the reason.
    var refused: [String: String] = [:]
    var keys: [SettingsKey<DaemonSettings>]

    var path: [String] { name.split(separator: ".").map(String.init) }

    /// The environment variable that sets `key`.
    func variable(for key: String) -> String {
        (["ANCHORD"] + path + [key]).joined(separator: "__").uppercased()
    }
}
