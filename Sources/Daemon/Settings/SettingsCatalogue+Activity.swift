import Signals
import Windowing

extension SettingsCatalogue {
    static let activity = SettingsSection(
        name: "activity",
        meaning: """
            When a machine works. Not running is not a fault: while it stands still or starts up, its
            windows have the state idle or starting; they are not scored, nothing is learnt from them, and
            no alarm is raised. What says so is one sentence about one stream:

              audio[3] > 0.2              mean of number 3 (the first is 0) over the window
              audio level > 0.2           root mean square of all its numbers
              audio spread > 0.05         root mean square of how much each varies within the window
              log rate > 1 per minute     messages in the last second, minute or hour
              log contains 'cycle start'  a line with these words, one after the other
              camera speaks               a message came at all

            `anchord asset activity NAME` proposes some, from what an asset has shown. For one asset alone
            set the same keys under [assets.NAME].
            """,
        shapesVerdicts: true,
        keys: [
            .init(
                "active_when", \.activity.activeWhen, .optional(.condition),
                example: .text("audio level > 0.2"),
                "Says that the machine works. Default: it always does."),
            .init(
                "active_until", \.activity.activeUntil, .optional(.condition),
                example: .text("log contains 'cycle end'"),
                "Says that it has stopped; until then it works on. With two levels, one below the "
                    + "other, a value between them changes nothing. Default: when active_when no "
                    + "longer holds."),
            .init(
                "hold", \.activity.hold, .duration,
                "A pause up to this long is followed by no start-up. Without active_until, a log line "
                    + "keeps the machine working for so long."),
            .init(
                "grace", \.activity.grace, .duration,
                "After a stop, how long the machine starts up before it is judged again."),
        ])

    /// The tables `[assets.NAME]`.
    static let assetsName = "assets"

    static let assetsMeaning = """
        What one asset has of its own; what is left out here is as for all. Declared in files only.
        """

    static let assetKeys: [SettingsKey<AssetOverride>] = [
        .init(
            "active_when", \.activeWhen, .overridden, example: .text("log rate > 1 per minute"),
            "As in [activity], whose active_until does not count for it then; \"\" for an asset that "
                + "always works."),
        .init(
            "active_until", \.activeUntil, .overridden, example: .text("log rate < 1 per hour"),
            "As in [activity]."),
        .init("hold", \.hold, .optional(.duration), example: .text("1m"), "As in [activity]."),
        .init("grace", \.grace, .optional(.duration), example: .text("5m"), "As in [activity]."),
    ]

    static let health = SettingsSection(
        name: "health",
        meaning: """
            Data-health alarms, one of each kind per stream, retained under <base>/<gateway>/asset/<asset>/
            health/<stream>. They never raise an asset's alarm by themselves. Spans are of arrival time;
            each _on is how long it has to be wrong, each _off how long it has to be right again.
            """,
        keys: [
            .init(
                "silent_after", \.health.silentAfter, .duration,
                "A regular stream not heard for so long is silent. Far longer than idle_after: a "
                    + "short gap is no work for anyone."),
            .init(
                "silent_off", \.health.silentOff, .duration, "Heard again for so long, it is not."),
            .init(
                "stuck_after", \.health.stuckAfter, .duration,
                "A vector the same to the bit for so long is stuck, if it used to change and never "
                    + "stood still for a quarter of that; so is a single number that used to change with "
                    + "most samples. A machine at rest may stand still."),
            .init(
                "stuck_off", \.health.stuckOff, .duration, "Changing again for so long, it is not."),
            .init(
                "clock_offset_max", \.health.clockOffsetMax, .duration,
                "Stamps further from the gateway's clock are of a wrong clock; if those of all "
                    + "streams are, the gateway's is the suspect."),
            .init("clock_on", \.health.clockOn, .duration, "One late delivery is no wrong clock."),
            .init("clock_off", \.health.clockOff, .duration, "And one good stamp no right one."),
            .init(
                "refused_share", \.health.refusedShare, .number,
                "More than this share of the last minute's messages refused, and at least three."),
            .init("refused_on", \.health.refusedOn, .duration, "For so long."),
            .init("refused_off", \.health.refusedOff, .duration, "Fewer for so long, it is over."),
            .init(
                "dimension_on", \.health.dimensionOn, .duration,
                "Vectors of another dimension, and hardly any of the known one, for so long."),
            .init(
                "dimension_off", \.health.dimensionOff, .duration,
                "The known one again for so long, it is over."),
        ])
}

extension SettingsType where Value == ActivityCondition {
    static let condition = SettingsType(
        expected:
            "a condition such as \"audio[3] > 0.2\", \"log rate > 1 per minute\" or \"log contains 'cycle start'\"",
        isText: true,
        decode: { if case .text(let text) = $0 { ActivityCondition(text) } else { nil } },
        encode: { .text($0.description) })
}

extension SettingsType where Value == ActivityCondition?? {
    /// `""` means none, whatever holds for all.
    static let overridden = SettingsType(
        expected: SettingsType<ActivityCondition>.condition.expected, isText: true,
        decode: { value in
            if value == .text("") { return .some(.some(nil)) }
            return SettingsType<ActivityCondition>.condition.decode(value).map { .some(.some($0)) }
        },
        encode: { override in
            override.map { condition in .text(condition.map(\.description) ?? "") }
        })
}
