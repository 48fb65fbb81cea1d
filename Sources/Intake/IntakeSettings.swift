package import Signals

/// What is taken from the broker and what is refused. The `[intake]` section of the settings file.
package struct IntakeSettings: Equatable, Sendable {
    /// Streams nobody declared are taken under this topic; `nil` turns discovery off.
    package var discover: String? = "features/{asset}/{stream}"

    /// Declared streams, tried before discovery.
    package var streams: [StreamDeclaration] = []

    /// Assets remembered at most; messages of further ones are refused as `too_many_assets`.
    package var assetsMax = 1000

    /// Discovered streams of one asset at most.
    package var streamsPerAssetMax = 16

    /// Samples from which the dimension of a discovered vector stream is learnt, by majority.
    package var dimensionSamples = 3

    /// A stream that has sent fewer than that is decided by what it did send after this long.
    package var dimensionWait: Duration = .seconds(5)

    /// Numbers in one vector at most.
    package var dimensionMax = 4096

    /// Bytes in one payload at most.
    package var payloadBytesMax = 1 << 20

    /// Bytes of a log line that are read; the rest of a longer line is cut off and counted.
    package var lineBytesMax = 8192

    /// Event times outside these are refused as `implausible_time`.
    package var timeMin = EventTime(milliseconds: 946_684_800_000)  // 2000-01-01
    package var timeMax = EventTime(milliseconds: 4_102_444_800_000)  // 2100-01-01

    package var logs = LogTemplateSettings()

    package init() {}
}

/// How log lines become templates. The `[intake.logs]` section.
package struct LogTemplateSettings: Equatable, Sendable {
    /// Which tokens are masked before the tree sees them. Also the privacy setting.
    package var mask: [Mask] = [.numbers, .hex, .ipAddresses, .paths]

    /// Keep an example line per template for people to read; otherwise templates only.
    package var storeRawLines = false

    /// Templates of one asset's stream at most. Lines that would need another fall to the nearest of
    /// their length, or to none, and are counted as `templates_full`.
    package var templatesMax = 1000

    /// Share of equal tokens that makes a line belong to a template. One value for all systems.
    package var similarity = 0.4

    /// Depth of the tree as Drain counts it, with root, length level and leaf: 4 sorts lines by their
    /// length and first two tokens. And children of one node at most.
    package var depth = 4
    package var childrenMax = 100

    package enum Mask: String, CaseIterable, Sendable {
        case numbers, hex
        case ipAddresses = "ip_addresses"
        case paths
    }

    package init() {}
}
