import Signals
import Windowing

extension DaemonSettings {
    /// The text of `config/anchord.toml`: every key with its default and its reason.
    ///
    /// Rendered from the catalogue, so that it cannot fall behind the code.
    package static var fileText: String {
        var text = comment(
            """
            Settings of anchord. Every key is here with its default and its reason; what you leave out
            keeps its default.

            Read in this order, later wins: this file, then conf.d/*.toml beside it by name, then the
            environment (ANCHORD__SECTION__KEY, as in ANCHORD__BROKER__URL=mqtt://10.0.0.5).
            Durations: "500ms", "5s", "10m", "8h", "7d", "2w". Sizes: "64MiB", "1GB", or bytes.
            A key that shows a # has no default value; "" takes one back.

              anchord check                    says everything that is wrong, with line and column
              anchord check --print-effective  shows what is in force, and where it came from
              systemctl reload anchord         takes the file over, if it is good
            """)
        let defaults = DaemonSettings()
        for section in SettingsCatalogue.sections {
            text += "\n" + comment(section.meaning) + "[\(section.name)]\n"
            for key in section.keys {
                text += entry(key, of: defaults, isCommented: false)
            }
        }
        text +=
            "\n" + comment(SettingsCatalogue.assetsMeaning)
            + "# [\(SettingsCatalogue.assetsName).press-1]\n"
        for key in SettingsCatalogue.assetKeys {
            text += entry(key, of: AssetOverride(), isCommented: true)
        }
        let stream = StreamDeclaration(name: StreamName(""), topic: "")
        text += "\n" + comment(SettingsCatalogue.streamsMeaning) + "# [[streams]]\n"
        for key in SettingsCatalogue.streamKeys {
            text += entry(key, of: stream, isCommented: true)
        }
        return text
    }

    /// A key under its comment; without a default, or in an example, commented out itself.
    private static func entry<Root>(
        _ key: SettingsKey<Root>, of root: Root, isCommented: Bool
    ) -> String {
        let value = key.value(in: root)
        let shown = key.example ?? value
        let line = "\(key.name) = \(shown?.toml ?? "\"\"")\n"
        return comment(key.meaning) + (isCommented || value == nil ? "# " + line : line)
    }

    /// `#` before each line; paragraphs of one line are wrapped at 100 columns.
    private static func comment(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .flatMap { text.contains("\n") ? [String($0)] : wrapped(String($0)) }
            .map { $0.isEmpty ? "#\n" : "# \($0)\n" }
            .joined()
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < 98 {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
