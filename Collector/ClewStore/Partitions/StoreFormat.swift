/// Which form of files this code reads and writes; docs/format.md describes it.
enum StoreFormat {
    /// 1 had blocks in SQLite, in the order in which they came.
    static let version = 2
    /// "Clew" in ASCII: SQLite's `application_id` of every database.
    static let applicationID = 0x436C_6577

    /// `block` names the blocks of the file beside it; `flushed` the segments of the journal whose rows are among them.
    static let partitionSchema = """
        CREATE TABLE block (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            start INTEGER NOT NULL,
            header BLOB NOT NULL,
            crc INTEGER NOT NULL,
            segment INTEGER
        ) STRICT;
        CREATE TABLE flushed (segment INTEGER PRIMARY KEY) STRICT;
        PRAGMA user_version = \(version);
        PRAGMA application_id = \(applicationID);
        """
}
