import GRDB
package import Signals

// The windows that the daemon keeps to fit from.
extension HistoryReader {
    /// Assets with windows in the archive, sorted by name.
    package func archivedAssets() throws -> [AssetName] {
        do {
            return try database.read { db in
                try String.fetchAll(db, sql: "SELECT DISTINCT asset FROM archive ORDER BY asset")
                    .map { AssetName($0) }
            }
        } catch {
            throw StoreError(error, attempting: "list the archive's assets")
        }
    }

    /// The encoded windows of one asset, in order of their number.
    package func archive(asset: AssetName) throws -> [[UInt8]] {
        do {
            return try database.read { db in
                try Row.fetchAll(
                    db, sql: "SELECT blob FROM archive WHERE asset = ? ORDER BY window_index",
                    arguments: [asset.text]
                ).map { StateStore.bytes($0[0]) }
            }
        } catch {
            throw StoreError(error, attempting: "read the archive of \(asset)")
        }
    }

    /// The same, `limit` of them at most, evenly over all there are.
    package func archive(asset: AssetName, limit: Int) throws -> [[UInt8]] {
        do {
            return try database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT blob FROM archive JOIN (
                            SELECT window_index AS wanted,
                                row_number() OVER (ORDER BY window_index) AS place,
                                count(*) OVER () AS total
                            FROM archive WHERE asset = :asset)
                        ON window_index = wanted
                        WHERE asset = :asset AND place * :limit / total > (place - 1) * :limit / total
                        ORDER BY window_index
                        """, arguments: ["asset": asset.text, "limit": limit]
                ).map { StateStore.bytes($0[0]) }
            }
        } catch {
            throw StoreError(error, attempting: "read the archive of \(asset)")
        }
    }
}
