/// What a relay does with the rows that it claimed at once; asks no clock and no table.
struct OutboxRelayPass {
    /// The monotonic time from which no further row is begun, as the claim may end before that one does.
    let end: UInt64
    private var rest: ArraySlice<OutboxRelayRow>
    private var skipped: [OutboxRelayRow] = []
    private var blocked: Set<OutboxRelayRow.Aggregate> = []
    private(set) var published = 0
    private(set) var failures = 0
    private(set) var firstError: (any Error)?

    init(_ rows: [OutboxRelayRow], end: UInt64) {
        rest = rows[...]
        self.end = end
    }

    /// What was claimed and not tried.
    var untried: [OutboxRelayRow] { skipped + rest }

    /// The first row whose aggregate is not held up by one that failed; it counts as tried.
    mutating func next() -> OutboxRelayRow? {
        while let row = rest.popFirst() {
            if !blocked.contains(row.aggregate) { return row }
            skipped.append(row)
        }
        return nil
    }

    mutating func succeeded() { published += 1 }

    mutating func failed(_ row: OutboxRelayRow, _ error: any Error) {
        blocked.insert(row.aggregate)
        failures += 1
        firstError = firstError ?? error
    }
}
