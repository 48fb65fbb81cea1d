import GRDB

extension StateStore {
    /// The tables, step by step. A step that was released is never edited; a new one follows it.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("Create states and archive") { db in
            try db.execute(
                sql: """
                    CREATE TABLE progress (
                        id INTEGER PRIMARY KEY CHECK (id = 0),
                        sequence INTEGER NOT NULL,
                        keep_from INTEGER NOT NULL,
                        journal_id TEXT,
                        ended_cleanly INTEGER NOT NULL,
                        gateway BLOB
                    );
                    INSERT INTO progress VALUES (0, 0, 1, NULL, 1, NULL);
                    CREATE TABLE asset_state (
                        asset TEXT NOT NULL, kind TEXT NOT NULL, blob BLOB NOT NULL,
                        PRIMARY KEY (asset, kind)
                    );
                    CREATE TABLE archive (
                        asset TEXT NOT NULL, window_index INTEGER NOT NULL, blob BLOB NOT NULL,
                        PRIMARY KEY (asset, window_index)
                    );
                    CREATE TABLE model (
                        hash TEXT NOT NULL, asset TEXT NOT NULL, created_ms INTEGER NOT NULL,
                        metadata TEXT NOT NULL, blob BLOB NOT NULL,
                        PRIMARY KEY (hash, asset)
                    );
                    CREATE INDEX model_of_asset ON model (asset, created_ms);
                    """)
        }
        migrator.registerMigration("Create verdicts and alarms") { db in
            // `rank`: what goes first when room is short. 0 calm, 1 neither, 2 raised.
            try db.execute(
                sql: """
                    CREATE TABLE verdict (
                        asset TEXT NOT NULL, window_start_ms INTEGER NOT NULL,
                        score REAL, rank INTEGER NOT NULL, payload TEXT NOT NULL,
                        PRIMARY KEY (asset, window_start_ms)
                    );
                    CREATE INDEX verdict_by_rank ON verdict (rank, window_start_ms);
                    CREATE TABLE alarm_event (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        asset TEXT NOT NULL, at_ns INTEGER NOT NULL,
                        from_state TEXT NOT NULL, to_state TEXT NOT NULL,
                        who TEXT NOT NULL, why TEXT NOT NULL, score REAL
                    );
                    CREATE UNIQUE INDEX alarm_event_of_asset
                        ON alarm_event (asset, at_ns, from_state, to_state);
                    """)
        }
        migrator.registerMigration("Create outbox and quarantine") { db in
            try db.execute(
                sql: """
                    CREATE TABLE outbox (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        asset TEXT, topic TEXT NOT NULL, payload BLOB NOT NULL,
                        qos INTEGER NOT NULL, is_retained INTEGER NOT NULL,
                        expiry_s INTEGER, created_ms INTEGER NOT NULL
                    );
                    CREATE TABLE retained_topic (
                        asset TEXT NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (asset, topic)
                    ) WITHOUT ROWID;
                    CREATE TABLE quarantine (
                        fingerprint INTEGER PRIMARY KEY,
                        attempts INTEGER NOT NULL, is_held INTEGER NOT NULL,
                        topic TEXT NOT NULL, payload BLOB NOT NULL, payload_bytes INTEGER NOT NULL,
                        first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, reason TEXT NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("Create trained models") { db in
            try db.execute(
                sql: """
                    CREATE TABLE network (
                        id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL,
                        metadata TEXT NOT NULL, file BLOB NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("Add alarm life-cycle and labels") { db in
            // Several steps may follow each other between two windows, so their numbers tell them apart.
            try db.execute(
                sql: """
                    ALTER TABLE alarm_event ADD COLUMN change TEXT;
                    ALTER TABLE alarm_event ADD COLUMN blame TEXT;
                    ALTER TABLE alarm_event ADD COLUMN reason TEXT;
                    ALTER TABLE alarm_event ADD COLUMN step INTEGER;
                    ALTER TABLE alarm_event ADD COLUMN rings INTEGER NOT NULL DEFAULT 0;
                    UPDATE alarm_event SET
                        change = CASE to_state WHEN 'raised' THEN 'raised' ELSE 'cleared' END,
                        rings = to_state = 'raised', reason = why, why = '';
                    DROP INDEX alarm_event_of_asset;
                    CREATE UNIQUE INDEX alarm_event_step
                        ON alarm_event (asset, at_ns, step, change);
                    CREATE INDEX alarm_event_in_time ON alarm_event (at_ns);
                    CREATE TABLE label (
                        id INTEGER PRIMARY KEY,
                        asset TEXT NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
                        kind TEXT NOT NULL CHECK (kind IN ('fault', 'false_alarm', 'planned')),
                        name TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
                        created_ms INTEGER NOT NULL
                    );
                    CREATE UNIQUE INDEX label_once ON label (asset, from_ns, to_ns, kind, name);
                    """)
        }
        migrator.registerMigration("Create data-health alarms") { db in
            try db.execute(
                sql: """
                    CREATE TABLE health_event (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        asset TEXT NOT NULL, stream TEXT NOT NULL, kind TEXT NOT NULL,
                        at_ns INTEGER NOT NULL, is_raised INTEGER NOT NULL, reason TEXT NOT NULL
                    );
                    CREATE UNIQUE INDEX health_event_of_stream
                        ON health_event (asset, stream, kind, at_ns, is_raised);
                    """)
        }
        migrator.registerMigration("Let labels name states") { db in
            // A CHECK cannot be changed: the table is made anew.
            try db.execute(
                sql: """
                    ALTER TABLE label RENAME TO label_before;
                    DROP INDEX label_once;
                    CREATE TABLE label (
                        id INTEGER PRIMARY KEY,
                        asset TEXT NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
                        kind TEXT NOT NULL
                            CHECK (kind IN ('fault', 'false_alarm', 'planned', 'state')),
                        name TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
                        created_ms INTEGER NOT NULL
                    );
                    INSERT INTO label
                        SELECT id, asset, from_ns, to_ns, kind, name, who, why, created_ms
                        FROM label_before;
                    DROP TABLE label_before;
                    CREATE UNIQUE INDEX label_once ON label (asset, from_ns, to_ns, kind, name);
                    """)
        }
        migrator.registerMigration("Create remembered windows") { db in
            // Ids are never used again, or what is cached by them would be another row's.
            try db.execute(
                sql: """
                    CREATE TABLE recall (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        asset TEXT NOT NULL, space TEXT NOT NULL,
                        from_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
                        windows INTEGER NOT NULL, for_good INTEGER NOT NULL,
                        thinned_ms INTEGER NOT NULL, blob BLOB NOT NULL
                    );
                    CREATE TABLE alarm_seen (
                        asset TEXT NOT NULL, at_ns INTEGER NOT NULL, step INTEGER NOT NULL,
                        seen TEXT NOT NULL, PRIMARY KEY (asset, at_ns, step)
                    ) WITHOUT ROWID;
                    """)
        }
        return migrator
    }
}
