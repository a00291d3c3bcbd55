/// Which form of files this code reads and writes; docs/format.md describes it.
enum StoreFormat {
    static let version = 1
    /// "Clew" in ASCII: SQLite's `application_id` of every file.
    static let applicationID = 0x436C_6577

    static let partitionSchema = """
        CREATE TABLE block (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            signal TEXT NOT NULL,
            rows INTEGER NOT NULL,
            min_time INTEGER NOT NULL,
            max_time INTEGER NOT NULL,
            size INTEGER NOT NULL,
            services BLOB NOT NULL,
            keys BLOB NOT NULL,
            key_numbers BLOB NOT NULL,
            resource_keys BLOB NOT NULL,
            overflow INTEGER NOT NULL,
            crc INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE "column" (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            codec TEXT NOT NULL,
            value_count INTEGER NOT NULL,
            raw_size INTEGER NOT NULL,
            crc INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT;
        PRAGMA user_version = \(version);
        PRAGMA application_id = \(applicationID);
        """
}
