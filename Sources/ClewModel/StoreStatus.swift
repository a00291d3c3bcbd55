/// How much a store holds.
public struct StoreStatus: Hashable, Sendable, Codable {
    public var spans: Int
    public var logRecords: Int
    public var blocks: Int
    public var bytesOnDisk: Int
    /// Start of the oldest and of the newest span or record; `nil` when empty.
    public var oldest: UnixNanoseconds?
    public var newest: UnixNanoseconds?
    /// Blocks set aside because a checksum did not match.
    public var damagedBlocks: Int
    /// Spans and log records, among those above, that lie in the journal and are not in a partition yet.
    public var journalRecords: Int
    /// What retention and the limit of disk have removed since the store was opened: whole days, and spans and log records,
    /// those of the days included.
    public var removedDays: Int
    public var removedRecords: Int

    public init(
        spans: Int = 0,
        logRecords: Int = 0,
        blocks: Int = 0,
        bytesOnDisk: Int = 0,
        oldest: UnixNanoseconds? = nil,
        newest: UnixNanoseconds? = nil,
        damagedBlocks: Int = 0,
        journalRecords: Int = 0,
        removedDays: Int = 0,
        removedRecords: Int = 0
    ) {
        self.spans = spans
        self.logRecords = logRecords
        self.blocks = blocks
        self.bytesOnDisk = bytesOnDisk
        self.oldest = oldest
        self.newest = newest
        self.damagedBlocks = damagedBlocks
        self.journalRecords = journalRecords
        self.removedDays = removedDays
        self.removedRecords = removedRecords
    }
}
