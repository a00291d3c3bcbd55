import ClewModel

/// Keeps the newest rows of all that it is shown, in memory for about twice as many as are wanted.
struct NewestRows {
    struct Entry: Sendable {
        var time: UnixNanoseconds
        var block: ReadableBlock
        /// Counts from the first row of the block.
        var row: Int
    }

    private let limit: Int
    private var entries: [Entry] = []
    /// Rows not newer than this cannot be among the newest any more.
    private(set) var threshold: UnixNanoseconds?

    init(limit: Int) {
        self.limit = max(0, limit)
    }

    mutating func append(_ entry: Entry) {
        if let threshold, entry.time <= threshold { return }
        entries.append(entry)
        if entries.count - limit > limit, entries.count > 1024 { trim() }
    }

    /// Whether a block, none of whose rows is newer than `time`, can be left out.
    mutating func isComplete(before time: UnixNanoseconds) -> Bool {
        if entries.count > limit || (threshold == nil && entries.count == limit) { trim() }
        return threshold.map { time <= $0 } ?? (limit == 0)
    }

    private mutating func trim() {
        entries.sort { $0.time > $1.time }
        entries.removeLast(max(0, entries.count - limit))
        if entries.count == limit { threshold = entries.last?.time }
    }

    /// The newest, newest first.
    mutating func result() -> [Entry] {
        trim()
        return entries
    }
}
