/// When a machine counts as working. The `[activity]` section of the settings file.
///
/// Not running is not a fault: while a machine stands still or starts up, its windows are neither
/// scored nor learnt from, and no alarm is raised.
package struct ActivitySettings: Equatable, Sendable {
    /// Says that the machine works; `nil`: it always does.
    package var activeWhen: ActivityCondition?

    /// Says that it has stopped; `nil`: it has when `activeWhen` no longer holds.
    package var activeUntil: ActivityCondition?

    /// A pause this short is none: the machine goes on without another start-up. Without
    /// `activeUntil` a log line keeps the machine working for so long.
    package var hold: Duration = .seconds(10)

    /// After a stop, the time in which the machine starts up and is not judged yet.
    package var grace: Duration = .seconds(30)

    package init() {}

    /// Everything wrong with these settings, as sentences for the operator. Empty when good. `path`
    /// is the section as they name it.
    package func problems(at path: String = "activity") -> [String] {
        var problems: [String] = []
        for (name, span) in [("hold", hold), ("grace", grace)] where span < .zero {
            problems.append("\(path).\(name) is \(span), but it cannot be negative.")
        }
        if let activeUntil, activeWhen == nil {
            problems.append(
                "\(path).active_until is \"\(activeUntil)\", but without active_when the machine "
                    + "never begins to work.")
        }
        return problems
    }
}

/// What one asset has of its own. An `[assets.NAME]` section of the settings file; what it leaves
/// out is as for all.
package struct AssetOverride: Equatable, Sendable {
    /// `.some(nil)`: none, whatever holds for all.
    package var activeWhen: ActivityCondition??
    package var activeUntil: ActivityCondition??
    package var hold: Duration?
    package var grace: Duration?

    package init() {}

    /// The keys that are set.
    package var keys: [String] {
        [
            activeWhen.map { _ in "active_when" }, activeUntil.map { _ in "active_until" },
            hold.map { _ in "hold" }, grace.map { _ in "grace" },
        ].compactMap(\.self)
    }

    /// The settings of this asset, given those for all.
    package func applied(to all: ActivitySettings) -> ActivitySettings {
        var settings = all
        if let activeWhen {
            settings.activeWhen = activeWhen
            // The end that belongs to another beginning means nothing here.
            settings.activeUntil = nil
        }
        if let activeUntil { settings.activeUntil = activeUntil }
        if let hold { settings.hold = hold }
        if let grace { settings.grace = grace }
        return settings
    }
}
