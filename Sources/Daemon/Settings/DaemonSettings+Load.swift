import Foundation

/// Settings as they were read, with all that is wrong with them.
package struct LoadedSettings: Sendable {
    /// Good to use only when there are no faults; a faulty value keeps its default here.
    package var settings: DaemonSettings
    /// In the order of the files, then of lines; those of the environment last.
    package var faults: [SettingsFault]
    /// The files that were read, in their order.
    package var files: [String]
    var origins: [String: SettingsOrigin]

    /// Every setting in force and where it came from, sorted, secrets masked.
    package func effective() -> [EffectiveSetting] { settings.effective(origins: origins) }
}

extension DaemonSettings {
    /// Reads the settings file at `file`, the drop-ins `conf.d/*.toml` beside it in the order of
    /// their names, and the variables `ANCHORD__SECTION__KEY` of `environment`; later ones win.
    ///
    /// Touches nothing but these files, and reports every fault at once. `file: nil` leaves the
    /// files out. A file the TOML parser refuses contributes its first syntax error only; the rooms
    /// are not asked about settings then, because half of them may be missing.
    package static func load(file: String?, environment: [String: String]) -> LoadedSettings {
        var reader = SettingsReader()
        var isWhole = true
        for path in file.map({ [$0] + dropIns(beside: $0) }) ?? [] {
            do throws(SettingsFault) {
                reader.read(try SettingsDocument(readingFileAt: path))
            } catch {
                reader.refuse(error)
                isWhole = false
            }
        }
        reader.read(environment: environment)
        if isWhole { reader.askRooms() }
        reader.sortFaults()
        return reader.loaded
    }

    /// `conf.d/*.toml` in the folder of `file`, by name. Hidden files are an editor's.
    private static func dropIns(beside file: String) -> [String] {
        let slash = file.lastIndex(of: "/")
        let folder = slash.map { String(file[...$0]) + "conf.d" } ?? "conf.d"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }
            .sorted().map { "\(folder)/\($0)" }
    }
}
