import Publishing
import Signals
import Status
import Store

extension SettingsCatalogue {
    static let store = SettingsSection(
        name: "store", meaning: "What the daemon remembers, where, and for how long.",
        keys: [
            .init(
                "path", \.store.path, .optional(.text),
                example: .text("/var/lib/anchord/anchord.sqlite"),
                "The database. Default: anchord.sqlite in $STATE_DIRECTORY, else in "
                    + "./anchord-state."),
            .init(
                "journal_folder", \.store.journalFolder, .optional(.text),
                example: .text("/run/anchord/journal"),
                "Inputs wait here for the next commit. Default: in $RUNTIME_DIRECTORY, which is "
                    + "memory and spares the flash; beside the database when there is none or "
                    + "durability is \"power\"."),
            .init(
                "durability", \.store.durability, .choice,
                "What an acknowledged input survives. process: a crash or restart of the daemon. "
                    + "power: a power cut too, at the price of a disk sync per batch."),
            .init(
                "commit_every", \.store.commitEvery, .duration,
                "From one state commit to the next. Shorter wears the flash; longer makes the "
                    + "journal larger and a restart slower."),
            .init(
                "journal_bytes_max", \.store.journalBytesMax, .size,
                "A larger journal asks for a commit before its time. In memory it counts against "
                    + "the unit's MemoryMax."),
            .init(
                "verdicts_keep", \.store.verdictsKeep, .duration,
                "How long verdicts that raised nothing are kept."),
            .init(
                "calm_verdict_every", \.store.calmVerdictEvery, .duration,
                "One calm verdict per asset is kept in each such span, and all others; 0s keeps "
                    + "all."),
            .init(
                "size_max", \.store.sizeMax, .size,
                "The database may fill this; then calm verdicts go first, oldest first."),
            .init(
                "outbox_max", \.store.outboxMax, .count,
                "Publications waiting for an absent broker; then the oldest scores give way and are "
                    + "counted."),
        ])

    static let publishing = SettingsSection(
        name: "publishing", meaning: "What is told to the broker: <base>/<gateway name>/...",
        keys: [
            .init("base", \.publishing.base, .text, "The first token of every topic."),
            .init(
                "scores", \.publishing.scores, .boolean,
                "Publish every verdict. Alarms, status and counters are published anyway."),
            .init(
                "score_qos", \.publishing.scoreQoS, .qos,
                "1 brings out every window's score over crashes and reconnects; 0 spares the broker a "
                    + "reply each. Alarms and status always have 1."),
            .init(
                "score_expiry", \.publishing.scoreExpiry, .duration,
                "The broker forgets a score nobody fetched for this long. MQTT 5."),
            .init(
                "commands", \.publishing.commands, .boolean,
                "Listen to operators under <base>/<gateway>/asset/<asset>/command; the broker's access "
                    + "list says who may write there."),
            .init(
                "counters_every", \.publishing.countersEvery, .duration,
                "From one counters message to the next."),
        ])

    static let status = SettingsSection(
        name: "status",
        meaning: "What it shows people and scrapers over HTTP: /, /metrics, /healthz, /readyz.",
        keys: [
            .init(
                "listen", \.status.listen, .optional(.text),
                "Address and port. The default lets this machine alone look: the page asks nobody who "
                    + "they are. 0.0.0.0:9464 shows it to the plant's network; \"\" to nobody.")
        ])

    /// What the `[[streams]]` example in the settings file says first.
    static let streamsMeaning = """
        Streams whose nature discovery cannot guess: one [[streams]] entry each. They are tried in their
        order, before discovery. Entries of drop-ins are added; one with the same name replaces.
        """

    static let streamKeys: [SettingsKey<StreamDeclaration>] = [
        .init(
            "name", \.name, .streamName, example: .text("vibration"),
            "The sense: camera, audio, log, ..."),
        .init(
            "topic", \.topic, .text, example: .text("plant/{asset}/vibration"),
            "Its topic; {asset} is one level, {stream} too where one entry names several, + any."),
        .init(
            "kind", \.kind, .optional(.choice), example: .text("vector"),
            "vector or log. Default: learnt from the first samples."),
        .init(
            "encoding", \.encoding, .choice,
            "auto: JSON or a line of text; json; text: a log line; f32le and f64le: raw little-endian "
                + "numbers, which need a dimension."),
        .init(
            "dimension", \.dimension, .optional(.count), example: .integer(64),
            "Numbers in one vector. Default: learnt from the first samples."),
        .init(
            "timestamp_source", \.timestamp.source, .choice,
            "field: in the JSON; head: eight bytes of milliseconds before raw numbers; arrival."),
        .init("timestamp_field", \.timestamp.field, .text, "The JSON field of the event time."),
        .init(
            "timestamp_unit", \.timestamp.unit, .choice,
            "Its unit: auto (by magnitude), s, ms, us, ns, rfc3339."),
        .init(
            "cadence", \.cadence, .optional(.choice), example: .text("regular"),
            "regular: waited for, its silence is an absence; sporadic: never waited for, its quiet "
                + "counts as zero. Default: regular for vectors, sporadic for logs."),
        .init(
            "lookback", \.lookback, .optional(.duration), example: .text("10s"),
            "Its features cover this long before a window's end. Default: the window's length."),
        .init(
            "hold", \.hold, .duration,
            "A slow vector's last value stands in for a missing one this long, with its age."),
        .init("value_field", \.valueField, .text, "The JSON field of the vector."),
        .init("line_field", \.lineField, .text, "The JSON field of the log line."),
        .init(
            "features", \.features, .list(.text),
            example: .list([.text("rms"), .text("kurtosis")]),
            "Names of the vector's numbers, in order: explanations call them so. Default: by number."
        ),
    ]
}
