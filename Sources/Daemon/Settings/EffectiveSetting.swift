import Intake
import Signals

/// One setting as it is in force, and where it came from.
package struct EffectiveSetting: Equatable, Sendable, CustomStringConvertible {
    /// `windowing`, `intake.logs`, or `streams.camera` for a declared stream.
    package var section: String
    package var key: String
    /// As TOML, secrets masked; `nil` when the setting has no value.
    package var value: String?
    package var origin: SettingsOrigin

    package var description: String {
        "\(section).\(key) = \(value ?? "none")  # \(origin)"
    }
}

extension DaemonSettings {
    /// Every setting of the catalogue, sorted by section and key; declared streams in their order
    /// come where `streams` does.
    func effective(origins: [String: SettingsOrigin]) -> [EffectiveSetting] {
        var result: [EffectiveSetting] = []
        for section in SettingsCatalogue.sections {
            result += section.keys.map { key in
                Self.effective(section.name, key, of: self, origins)
            }
        }
        result.sort { ($0.section, $0.key) < ($1.section, $1.key) }
        var streams: [EffectiveSetting] = []
        for stream in intake.streams {
            let name = "\(SettingsCatalogue.streamsName).\(stream.name)"
            streams += SettingsCatalogue.streamKeys.map {
                Self.effective(name, $0, of: stream, origins)
            }
        }
        for (asset, override) in assets.sorted(by: { $0.key < $1.key }) {
            let name = "\(SettingsCatalogue.assetsName).\(asset)"
            streams += SettingsCatalogue.assetKeys.filter { $0.value(in: override) != nil }
                .map { Self.effective(name, $0, of: override, origins) }
        }
        let place = result.firstIndex { $0.section > SettingsCatalogue.streamsName }
        result.insert(contentsOf: streams, at: place ?? result.endIndex)
        return result
    }

    private static func effective<Root>(
        _ section: String, _ key: SettingsKey<Root>, of root: Root,
        _ origins: [String: SettingsOrigin]
    ) -> EffectiveSetting {
        let path = "\(section).\(key.name)"
        let value = key.value(in: root).map { SecretMask.masked($0.toml, key: path) }
        return EffectiveSetting(
            section: section, key: key.name, value: value, origin: origins[path] ?? .default)
    }

    /// Sixteen hexadecimal digits that change when a setting that shapes verdicts does: those of
    /// intake, streams, windowing, activity, fusion, detection and alarms. Where they are written or published
    /// to does not matter, so a replay elsewhere has the same.
    package var settingsHash: String {
        let shaping = SettingsCatalogue.sections.filter(\.shapesVerdicts).map(\.name)
        let listed = [SettingsCatalogue.streamsName, SettingsCatalogue.assetsName].map { $0 + "." }
        var fingerprint = Fingerprint()
        for setting in effective(origins: [:])
        where shaping.contains(setting.section) || listed.contains(where: setting.section.hasPrefix)
        {
            // A newline cannot stand in TOML's one-line values, so it separates.
            fingerprint.add("\(setting.section).\(setting.key) = \(setting.value ?? "")\n".utf8)
        }
        return fingerprint.hex
    }
}
