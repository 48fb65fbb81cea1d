/// What the daemon remembers, where, and for how long. The `[store]` section of the settings file.
package struct StoreSettings: Equatable, Sendable {
    /// The database file; `nil`: in `$STATE_DIRECTORY`, else in `./anchord-state`.
    package var path: String?

    /// Where inputs wait for the next state commit; `nil`: in `$RUNTIME_DIRECTORY`, which is memory
    /// and spares the flash, or beside the database when there is none or the power may fail.
    package var journalFolder: String?

    /// What an acknowledged input survives.
    package var durability: Durability = .process

    /// From one state commit to the next. Each writes what changed, so shorter wears the flash; longer
    /// makes the journal larger and a restart slower.
    package var commitEvery: Duration = .seconds(30)

    /// A journal larger than this asks for a state commit before its time.
    package var journalBytesMax = 64 << 20

    /// How long verdicts that raised nothing are kept.
    package var verdictsKeep: Duration = .seconds(30 * 86_400)

    /// One calm verdict per asset is kept in each such span; all others are kept.
    package var calmVerdictEvery: Duration = .seconds(60)

    /// Bytes the database may fill; beyond it calm verdicts go first, then the rest, oldest first.
    package var sizeMax = 512 << 20

    /// Publications waiting for the broker; beyond it the oldest unretained ones give way.
    package var outboxMax = 100_000

    package enum Durability: String, CaseIterable, Sendable {
        /// A crash, a kill or a restart of the daemon.
        case process
        /// A power cut too: every batch is synced to the disk before it is acknowledged.
        case power
    }

    package init() {}

    /// The database file, once the environment of the process is known.
    package func effectivePath(environment: [String: String]) -> String {
        path ?? stateFolder(environment) + "/anchord.sqlite"
    }

    /// The journal's folder, once the environment of the process is known.
    package func effectiveJournalFolder(environment: [String: String]) -> String {
        if let journalFolder { return journalFolder }
        if durability == .process, let runtime = firstFolder(environment["RUNTIME_DIRECTORY"]) {
            return runtime + "/journal"
        }
        guard let path else { return stateFolder(environment) + "/journal" }
        return path + "-journal.d"
    }

    private func stateFolder(_ environment: [String: String]) -> String {
        firstFolder(environment["STATE_DIRECTORY"]) ?? "./anchord-state"
    }

    /// systemd separates several folders by colons; the first is ours.
    private func firstFolder(_ list: String?) -> String? {
        list?.split(separator: ":").first.map(String.init)
    }

    /// Everything wrong with these settings, as sentences for the operator. Empty when good.
    package func problems() -> [String] {
        var problems: [String] = []
        if path == "" { problems.append("store.path is empty; leave it out for the default.") }
        if journalFolder == "" {
            problems.append("store.journal_folder is empty; leave it out for the default.")
        }
        if commitEvery < .milliseconds(100) || commitEvery > .seconds(3600) {
            problems.append("store.commit_every is \(commitEvery), but must be from 100 ms to 1 h.")
        }
        if journalBytesMax < 1 << 20 {
            problems.append(
                "store.journal_bytes_max is \(journalBytesMax), but a journal needs at least 1 MiB."
            )
        }
        if verdictsKeep <= .zero {
            problems.append("store.verdicts_keep is \(verdictsKeep), but it must be positive.")
        }
        if calmVerdictEvery < .zero {
            problems.append(
                "store.calm_verdict_every is \(calmVerdictEvery), but it cannot be negative; "
                    + "0 keeps every calm verdict.")
        }
        if sizeMax < 16 << 20 {
            problems.append("store.size_max is \(sizeMax), but the database needs at least 16 MiB.")
        }
        if outboxMax < 1 {
            problems.append("store.outbox_max is \(outboxMax), but at least one must fit.")
        }
        return problems
    }
}
