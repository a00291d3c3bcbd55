extension EmbeddedStore {
    /// Reads every byte of a data directory and checks it; changes nothing.
    ///
    /// - Parameters:
    ///   - directory: A data directory that no process has open.
    ///   - report: Called for each thing that is damaged, with a line that names the file, the block, and the rows that are
    ///     lost.
    /// - Returns: What there is.
    /// - Throws: ``StoreError`` with code `noData` for what is no data directory, `inUse`, `newerFormat`, `olderFormat`, or
    ///   `engine` and `readOnly` for files that cannot be opened.
    public static func verify(
        directory: String, report: (String) -> Void
    ) throws(StoreError) -> StoreVerification {
        let data = try DataDirectory(existing: directory)
        defer { data.close() }
        var verifier = StoreVerifier(data)
        try verifier.run(report)
        return verifier.found
    }
}

/// What a check of a data directory found.
public struct StoreVerification: Hashable, Sendable {
    /// Catalogues, files of blocks and files of the journal.
    public var files = 0
    /// Blocks of partitions, and of the journal where they are in no partition, that can be read as a whole.
    public var blocks = 0
    public var spans = 0
    public var logRecords = 0
    /// Bytes of everything in the directory.
    public var bytes = 0
    /// Things that were reported.
    public var damaged = 0
}
