import Intake
import MQTT
import Signals

extension SettingsCatalogue {
    static let gateway = SettingsSection(
        name: "gateway", meaning: "Who we are on the broker.",
        keys: [
            .init(
                "name", \.gateway.name, .optional(.text), example: .text("gateway-7"),
                "One token of every topic we publish: <base>/<name>/... Default: the host's name.")
        ])

    static let broker = SettingsSection(
        name: "broker", meaning: "Which MQTT broker, as whom, and how patiently.",
        refused: [
            "password": "secrets do not belong in the settings file, which others may read: use "
                + "password_file, or the systemd credential mqtt-password."
        ],
        keys: [
            .init(
                "url", \.broker.url, .text,
                "mqtt:// or mqtts:// (TLS), host, port (1883 and 8883 when left out)."),
            .init(
                "user", \.broker.user, .optional(.text), example: .text("anchord"),
                "Login name. Default: none."),
            .init(
                "password_file", \.broker.passwordFile, .optional(.text),
                example: .text("/etc/anchord/credentials/mqtt-password"),
                "A file with the password on its first line, read at each connect. Default: the "
                    + "systemd credential mqtt-password when there is one."),
            .init(
                "ca_file", \.broker.caFile, .optional(.text),
                example: .text("/etc/anchord/ca.pem"),
                "Certificates that may sign the broker's. Default: the system's. All three files "
                    + "are read again at each connect, so a renewal needs no restart."),
            .init(
                "certificate_file", \.broker.certificateFile, .optional(.text),
                example: .text("/etc/anchord/client.pem"), "Our certificate. Default: none."),
            .init(
                "key_file", \.broker.keyFile, .optional(.text),
                example: .text("/etc/anchord/client.key"), "Its private key. Default: none."),
            .init(
                "input_qos", \.broker.inputQoS, .qos,
                "Inputs are subscribed with it. 1: what was acknowledged survives a crash. 0 makes "
                    + "no promise. 2 is refused: its hand-shake ends before anything is kept."),
            .init(
                "session_expiry", \.broker.sessionExpiry, .duration,
                "The broker keeps our session, and queues for it, this long while we are away: a "
                    + "gateway that was off over the holidays misses nothing. MQTT 5."),
            .init(
                "client_id", \.broker.clientID, .optional(.text),
                example: .text("anchord-gateway-7"),
                "Default: anchord-<gateway name>. Two clients with one id throw each other out."),
            .init(
                "keepalive", \.broker.keepalive, .duration,
                "Silence after which the connection is probed. Far longer than a state commit."),
            .init(
                "receive_maximum", \.broker.receiveMaximum, .count,
                "Unacknowledged messages the broker may send ahead. MQTT 5; with 3.1.1 raise "
                    + "max_inflight_messages at the broker."),
            .init(
                "reconnect_min", \.broker.reconnectMin, .duration,
                "Waits between attempts to connect double from here, with jitter, ..."),
            .init(
                "reconnect_max", \.broker.reconnectMax, .duration,
                "... up to here; for ever, because nobody visits the gateway."),
            .init(
                "batch_max", \.broker.batchMax, .count,
                "Messages kept and acknowledged together at most."),
            .init(
                "batch_bytes_max", \.broker.batchBytesMax, .size,
                "Bytes kept and acknowledged together at most."),
            .init(
                "outgoing_max", \.broker.outgoingMax, .count,
                "Publications queued towards a slow broker; beyond it QoS 0 ones are refused and "
                    + "counted."),
            .init(
                "message_bytes_max", \.broker.messageBytesMax, .size,
                "Bytes of one message that are copied; a longer one is refused and counted."),
        ])

    static let intake = SettingsSection(
        name: "intake", meaning: "What is taken from the broker, and what is refused.",
        shapesVerdicts: true,
        keys: [
            .init(
                "discover", \.intake.discover, .optional(.text),
                "Streams nobody declared are taken under this topic, their kind and dimension "
                    + "learnt. \"\" turns discovery off."),
            .init(
                "assets_max", \.intake.assetsMax, .count,
                "Assets remembered; messages of further ones are refused (too_many_assets), so a "
                    + "wild publisher cannot fill the memory."),
            .init(
                "streams_per_asset_max", \.intake.streamsPerAssetMax, .count,
                "Discovered streams of one asset."),
            .init(
                "dimension_samples", \.intake.dimensionSamples, .count,
                "A discovered stream's dimension is the majority of its first samples: one bad "
                    + "first message must not decide."),
            .init(
                "dimension_wait", \.intake.dimensionWait, .duration,
                "A stream that has sent fewer samples by then is decided by what it did send."),
            .init("dimension_max", \.intake.dimensionMax, .count, "Numbers in one vector."),
            .init("payload_bytes_max", \.intake.payloadBytesMax, .size, "Bytes in one payload."),
            .init(
                "line_bytes_max", \.intake.lineBytesMax, .size,
                "Bytes of a log line that are read; the rest is cut off and counted."),
            .init(
                "time_min", \.intake.timeMin, .date,
                "Event times before are refused (implausible_time): clocks without a battery start "
                    + "in 1970."),
            .init("time_max", \.intake.timeMax, .date, "Event times from then on are refused."),
        ])

    static let intakeLogs = SettingsSection(
        name: "intake.logs",
        meaning: "How log lines become templates: one setting for all systems, no tuning.",
        shapesVerdicts: true,
        keys: [
            .init(
                "mask", \.intake.logs.mask, .list(.choice),
                "Tokens replaced before anything is remembered, so that lines that differ in a "
                    + "number are one template. Also a privacy setting."),
            .init(
                "store_raw_lines", \.intake.logs.storeRawLines, .boolean,
                "Keep an example line per template for people to read. Off: templates only."),
            .init(
                "templates_max", \.intake.logs.templatesMax, .count,
                "Templates of one stream; further lines fall to the nearest (templates_full)."),
            .init(
                "similarity", \.intake.logs.similarity, .number,
                "Share of equal tokens that makes a line belong to a template."),
            .init(
                "depth", \.intake.logs.depth, .count,
                "Depth of the tree, with root, length level and leaf: 4 sorts lines by their length "
                    + "and first two tokens."),
            .init(
                "children_max", \.intake.logs.childrenMax, .count,
                "Children of one node of the tree."),
        ])

    static let log = SettingsSection(
        name: "log", meaning: "What the daemon says about itself.",
        keys: [
            .init(
                "level", \.log.level, .choice,
                "trace, debug, info, notice, warning (nothing is lost), error (something is lost, "
                    + "or a person is needed), critical. Nothing is logged per message."),
            .init(
                "format", \.log.format, .choice,
                "journald: priority prefixes; text: times for people; auto: journald when systemd "
                    + "started us."),
        ])

    static let control = SettingsSection(
        name: "control", meaning: "How `anchord status` and `anchord asset` reach the daemon.",
        keys: [
            .init(
                "socket", \.control.socket, .optional(.text),
                example: .text("/run/anchord/control.sock"),
                "A Unix socket; who may open it may command. Default: in $RUNTIME_DIRECTORY, else "
                    + "beside the database.")
        ])
}
