import Signals

extension SettingsCatalogue {
    static let diagnosis = SettingsSection(
        name: "diagnosis",
        meaning: """
            The daemon looks now and then, at the lowest priority, for senses that run late, streams on the
            wrong asset, windows that do not go together and senses that have moved: what makes every score
            beside the point and shows in none. See docs/diagnosis.md.
            """,
        keys: [
            .init(
                "enabled", \.diagnosis.isEnabled, .boolean,
                "Look at all. `anchord diagnose` can be asked in any case."),
            .init(
                "every", \.diagnosis.every, .duration,
                "From one look at an asset to the next, counted in its own windows; all assets are held "
                    + "against each other every fourth time. Two looks in a row make a finding."),
            .init(
                "windows", \.diagnosis.windows, .count,
                "Newest windows of an asset that a look sees. More find smaller things, and cost as much "
                    + "more time and memory."),
            .init(
                "memory_max", \.diagnosis.memoryMax, .size,
                "For the windows of all assets together, some 80 bytes each; with more assets each has "
                    + "fewer, yet 128 at least."),
            .init(
                "lag_max", \.diagnosis.lagMax, .duration,
                "Offsets between senses are looked for up to here, within one hop and 64; also by "
                    + "`anchord diagnose`."),
            .init(
                "lag", \.diagnosis.lag, .choice,
                "What becomes of a sense that runs late: it is said (report), or its stamps are moved by "
                    + "as much from then on (auto), which changes every score. Back at report, moved stamps "
                    + "are taken as they come again."),
            .init(
                "lag_limit", \.diagnosis.lagLimit, .duration,
                "Farther than this no stream is moved. Less than windowing.idle_after, or it would be "
                    + "taken for missing."),
            .init(
                "level", \.diagnosis.level, .number,
                "Chance of one false report of wiring or drift in one look; also of `anchord diagnose`."
            ),
        ])
}
