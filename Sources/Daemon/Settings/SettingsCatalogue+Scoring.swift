import Detection
import Fusion
import Signals
import Windowing

extension SettingsCatalogue {
    static let windowing = SettingsSection(
        name: "windowing",
        meaning: """
            How windows are cut. Event time decides; it is never compared with the gateway's clock.
            These settings and those of a stream work together:

            \(lateAndSilent)

            A verdict appears about lateness after its window's end while all streams speak, and at most
            idle_after (one sense silent) or close_after (all silent) later. Keep lateness < idle_after
            < close_after. cadence, lookback and hold belong to a stream: see [[streams]].
            """,
        shapesVerdicts: true,
        keys: [
            .init(
                "length", \.windowing.length, .duration,
                "One window, in event time, on a grid aligned to 1970. One second holds several "
                    + "frames of a camera or microphone, and a verdict still comes promptly."),
            .init(
                "hop", \.windowing.hop, .optional(.duration), example: .text("500ms"),
                "From one window's start to the next one's; shorter than length, windows slide. "
                    + "Default: the length."),
            .init(
                "lateness", \.windowing.lateness, .duration,
                "How far behind its stream's newest a sample may come and still count. Every verdict "
                    + "waits this long."),
            .init(
                "idle_after", \.windowing.idleAfter, .duration,
                "A regular stream this far behind the asset's others is missing: one dead sensor "
                    + "must not hold every window."),
            .init(
                "close_after", \.windowing.closeAfter, .duration,
                "An asset silent for this long, by arrival, has its windows closed: silence is "
                    + "reported, not waited for."),
            .init(
                "future_max", \.windowing.futureMax, .duration,
                "A stamp further ahead of the asset's other streams moves nothing: one wild clock "
                    + "must not make all honest samples late."),
            .init(
                "frames_max", \.windowing.framesMax, .count,
                "Samples kept of one stream in one window; what comes beyond is counted. Bounds the "
                    + "memory."),
            .init(
                "gap_windows_max", \.windowing.gapWindowsMax, .count,
                "Empty windows reported one by one when an asset speaks again; a longer gap is "
                    + "skipped and counted."),
        ])

    /// What the defaults of windowing and of a stream do together, as a drawn table.
    private static var lateAndSilent: String {
        let ours = WindowingSettings()
        let stream = StreamDeclaration(name: StreamName(""), topic: "")
        let rows = [
            ("what happens", "setting", "default", "then"),
            (
                "samples of one stream arrive out of order", "lateness",
                DurationText.text(for: ours.lateness), "waited for; later ones are counted"
            ),
            (
                "a regular stream falls behind the others", "idle_after",
                DurationText.text(for: ours.idleAfter), "missing, no longer waited for"
            ),
            (
                "the whole asset falls silent", "close_after",
                DurationText.text(for: ours.closeAfter), "its windows close, and it is said"
            ),
            (
                "one stamp runs ahead of the others", "future_max",
                DurationText.text(for: ours.futureMax), "put aside, moves nothing"
            ),
            (
                "a stream speaks rarely by nature", "cadence", "by kind",
                "logs: not waited for, quiet is zero"
            ),
            (
                "a sense describes more than one window", "lookback", "length",
                "its features reach so far back"
            ),
            (
                "a slow vector misses a window", "hold", DurationText.text(for: stream.hold),
                "its last one stands in, age shown"
            ),
        ]
        func padded(_ text: String, to width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return rows.map { happens, setting, value, then in
            "  " + padded(happens, to: 43) + padded(setting, to: 13) + padded(value, to: 9) + then
        }.joined(separator: "\n")
    }

    static let fusion = SettingsSection(
        name: "fusion", meaning: "How windows become one space, learnt from the asset itself.",
        shapesVerdicts: true,
        keys: [
            .init(
                "senses_min", \.fusion.sensesMin, .count,
                "Senses a window needs for a score; with fewer, score is null and quality bad."),
            .init(
                "warmup_windows", \.fusion.warmupWindows, .count,
                "Windows from which an asset's first model is fitted: five minutes at one second."),
            .init(
                "refit_after", \.fusion.refitAfter, .list(.duration),
                "Calm operation after which it is fitted again: an hour, a shift, a week, because a "
                    + "machine shows its recipes one after another."),
            .init(
                "refit_lag_windows", \.fusion.refitLagWindows, .count,
                "Windows between asking for a refit and switching to it. Fixed, so that a replay "
                    + "switches at the same window."),
            .init(
                "archive_windows_max", \.fusion.archiveWindowsMax, .count,
                "Windows of one asset kept for refits; when full, every second is let go."),
            .init(
                "dimensions_max", \.fusion.dimensionsMax, .count,
                "Dimensions of the unified space at most."),
            .init(
                "components_per_window", \.fusion.componentsPerWindow, .number,
                "Principal components of a sense per window they are fitted on: a tenth keeps the "
                    + "fit from learning its own noise."),
            .init(
                "components_max", \.fusion.componentsMax, .count,
                "Principal components of a sense at most: bounds the memory of a model."),
            .init(
                "ridge", \.fusion.ridge, .number,
                "Ridge of the alignment, in units of a standardised feature's variance."),
            .init(
                "rolling_anchor_half_life", \.fusion.rollingAnchorHalfLife, .duration,
                "Time in which an old anchor's weight in the rolling anchor falls to half."),
            .init(
                "permutation_level", \.fusion.permutationLevel, .number,
                "A sense whose correlation does not beat chance at this level leaves the "
                    + "disagreement, and is reported."),
            .init(
                "separation_min", \.fusion.separationMin, .number,
                "So does one whose agreement tells a true window from one of another time less often than "
                    + "this: real, and too little to be worth a say. 0.5 asks nothing."),
            .init(
                "model", \.fusion.model, .optional(.text),
                example: .text("/etc/anchord/models/plant.safetensors"),
                "A trained model for every asset, as `anchord train` makes it; read at start and at a "
                    + "reload. An asset adopts it when it does better than what it has."),
            .init(
                "shadow_windows", \.fusion.shadowWindows, .count,
                "Windows that a trained model judges beside the one in service before it takes "
                    + "over; both scores are published."),
            .init(
                "centroid", \.fusion.centroid, .choice,
                "How the senses are weighted in the centroid. mean: alike. trimmed: without the one "
                    + "that agrees least. weighted: by their agreement."),
            .init(
                "frames_kept", \.fusion.framesKept, .count,
                "Frames of a vector stream kept beside a window's summary, for trained models that "
                    + "read frames; each is archived too."),
            .init(
                "archive_bytes_max", \.fusion.archiveBytesMax, .size,
                "Bytes that the archives of all assets may take together; each gets an equal share, "
                    + "and at least its warm-up."),
            .init(
                "held_max", \.fusion.heldMax, .count,
                "Windows of one asset held while its first fit runs; then the pipeline waits."),
            .init(
                "held_total_max", \.fusion.heldTotalMax, .count,
                "The same over all assets: about 50 MB of camera, audio and log."),
        ])

    static let learning = SettingsSection(
        name: "learning", meaning: "When the daemon trains models by itself, from its archive.",
        keys: [
            .init(
                "retrain_every", \.learning.retrainEvery, .optional(.duration),
                example: .text("7d"),
                "From one training to the next, at the lowest priority. What comes of it is proposed "
                    + "to every asset and has to do better than what it has. Default: never."),
            .init(
                "epochs", \.learning.epochs, .count,
                "Times every window is learnt from, at most."),
            .init(
                "memory_max", \.learning.memoryMax, .size,
                "Memory that the windows of a training may take; more are read from disk."),
            .init(
                "misalignment", \.learning.misalignment, .text,
                "What such a training does about windows in which a stream looks like another "
                    + "window's. report: it counts them. mend: it leaves the stream out there, and moves "
                    + "one that is constantly late. use: it drops the factors below from the unified "
                    + "space. \"report,camera=mend\" is for one stream. Default: report, because what "
                    + "looks false may be what the machine does."),
            .init(
                "factors", \.learning.factors, .list(.text),
                "Streams whose numbers are such factors, or one number of them: \"ambient\" or "
                    + "\"climate.0\"."),
        ])

    static let detection = SettingsSection(
        name: "detection", meaning: "How embeddings become scores.", shapesVerdicts: true,
        keys: [
            .init(
                "masks_max", \.detection.masksMax, .count,
                "Sets of present senses whose calibration is kept built; the one unused for longest "
                    + "is built again when needed."),
            .init(
                "explain_above", \.detection.explainAbove, .number,
                "Score (-log10 p) from which a verdict says more than \"normal\": 2 is once in a "
                    + "hundred normal windows."),
            .init(
                "vanishing_anchor", \.detection.vanishingAnchor, .number,
                "Length of the centroid of the other senses below which it has no direction, and the "
                    + "verdict says \"not localised\"."),
            .init(
                "calibration_keep", \.detection.calibrationKeep, .duration,
                "How long a calm window counts in what the calibration gains in operation; a refit counts "
                    + "anew, relearn starts anew. Wear ages out, and a month's budget can be certified."
            ),
            .init(
                "calibration_probation", \.detection.calibrationProbation, .duration,
                "After how long a calm window begins to count there: until then a tag takes it out again. A "
                    + "fault that raised no alarm must not teach that it is normal before anybody notices."
            ),
            .init(
                "groups", \.detection.groups, .list(.text),
                "Machines of a kind, such as [\"press-*\"]: while one has few calibration windows its scores "
                    + "are ranked among those of its group too, of machines that look alike by a test. "
                    + "They certify no budget. Default: each asset stands alone."),
        ])

    static let detectionWeights = SettingsSection(
        name: "detection.weights",
        meaning: "Weight of each part in the score; 0 reports a part without letting it score.",
        shapesVerdicts: true,
        keys: [
            .init(
                "disagreement", \.detection.weights.disagreement, .number,
                "One sense contradicts the others: what nobody else can see."),
            .init(
                "novelty", \.detection.weights.novelty, .number,
                "All senses agree on something never seen."),
            .init(
                "departure", \.detection.weights.departure, .number,
                "A sudden change of regime. Low: machines change recipes."),
            .init(
                "own", \.detection.weights.own, .number,
                "One sense is odd by itself, in what only it knows."),
            .init("log", \.detection.weights.log, .number, "Templates or rates never seen."),
        ])

    static let alarms = SettingsSection(
        name: "alarms", meaning: "When an asset's alarm rings, and when it stops.",
        shapesVerdicts: true,
        keys: [
            .init(
                "false_alarms", \.alarms.falseAlarms, .falseAlarms,
                "How often an asset may ring while nothing is wrong: a number per hour, day, week or "
                    + "month, and with \"per plant\" after it all assets together. It sets the "
                    + "threshold."),
            .init(
                "sustained_share", \.alarms.sustainedShare, .number,
                "Share of false_alarms that sustained evidence may spend, many slightly odd windows "
                    + "in a row; the rest is the threshold's. 0 leaves it out."),
            .init(
                "on_delay_windows", \.alarms.onDelayWindows, .count,
                "Windows in a row at or above the threshold before it rings."),
            .init(
                "off_delay_windows", \.alarms.offDelayWindows, .count,
                "Windows in a row below the clearing level before it stops."),
            .init(
                "deadband", \.alarms.deadband, .number,
                "The clearing level lies this far below the threshold, in units of score: a score "
                    + "hovering at the line rings once."),
            .init(
                "shelve_for", \.alarms.shelveFor, .duration,
                "A shelved alarm is quiet for this long when nobody says: a shift."),
            .init(
                "shelve_max", \.alarms.shelveMax, .duration,
                "No shelf is longer; what should stay away longer is taken out of service."),
            .init(
                "first_out_within", \.alarms.firstOutWithin, .duration,
                "Alarms that follow each other within this time belong together; each names the first."
            ),
        ])
}

extension SettingsType where Value == FalseAlarmBudget {
    static let falseAlarms = SettingsType(
        expected: "a number per hour, day, week or month, such as \"1 per week\" or "
            + "\"1 per week per plant\"", isText: true,
        decode: { if case .text(let text) = $0 { FalseAlarmBudget(text) } else { nil } },
        encode: { .text($0.description) })
}
