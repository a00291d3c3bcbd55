import ClewModel

/// A sorted array of 32 bits per trace tells whether a block may hold a trace, without an index that grows.
///
/// Two different traces share a fingerprint once in 4 billion, which costs a look at a block in vain.
struct Fingerprints: Sendable {
    /// Ascending.
    private var values: [UInt32] = []
    /// In a block that is ordered by trace: for each of ``values`` the trace's first row, then the number of rows.
    private var starts: [UInt32] = []

    /// By which an ordered block is sorted.
    ///
    /// The rightmost 7 bytes of a trace id are random (W3C Trace Context level 2, "random-trace-id"), so the first of the
    /// lower 8 goes to the end.
    static func key(_ id: TraceID) -> UInt64 { id.low << 8 | id.low >> 56 }

    static func of(_ id: TraceID) -> UInt32 { UInt32(truncatingIfNeeded: key(id) >> 32) }

    /// The rows of the block that may belong to a trace; empty where the block does not hold it.
    ///
    /// - Parameter rowCount: Rows of the block.
    func rows(of id: TraceID, rowCount: Int) -> Range<Int> {
        let fingerprint = Self.of(id)
        let first = firstIndex(notBelow: fingerprint)
        guard first < values.count, values[first] == fingerprint else { return 0..<0 }
        guard !starts.isEmpty else { return 0..<rowCount }
        var end = first + 1
        while end < values.count, values[end] == fingerprint { end += 1 }
        return Int(starts[first])..<Int(starts[end])
    }

    private func firstIndex(notBelow fingerprint: UInt32) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < fingerprint { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var byteCount: Int { (values.count + starts.count) * 4 + 64 }
}

extension Fingerprints {
    /// Those of a block in which traces lie in any order, from its distinct trace ids.
    init(unordered ids: ByteStrings) {
        for index in 0..<ids.count {
            guard let id = TraceID(bytes: ids[index]), id.isValid else { continue }
            values.append(Self.of(id))
        }
        values.sort()
    }

    /// Those of a block whose rows are ordered by ``key(_:)``, rows without a trace first.
    init(ordered column: DictionaryColumn) {
        var last: UInt32?
        for (row, number) in column.ids.enumerated() where number != last {
            last = number
            guard let id = TraceID(bytes: column.strings[Int(number)]), id.isValid else { continue }
            values.append(Self.of(id))
            starts.append(UInt32(row))
        }
        starts.append(UInt32(column.ids.count))
    }

    /// A varint count; the fingerprints, the first row and then the rows of each trace, as numbers.
    func serialized() -> [UInt8] {
        var output: [UInt8] = []
        output.appendVarint(UInt64(values.count))
        NumberCoding.append(values.map(UInt64.init).deltas, to: &output)
        NumberCoding.append(starts.map(UInt64.init).deltas, to: &output)
        return output
    }

    init(reading chunk: ByteCursor, rowCount: Int) throws(DamagedColumn) {
        var cursor = chunk
        let count = try cursor.varint()
        guard count <= UInt64(rowCount) else { throw DamagedColumn("\(count) fingerprints, \(rowCount) rows") }
        values = try NumberCoding.read(&cursor, count: Int(count)).sums.map { UInt32(truncatingIfNeeded: $0) }
        starts = try NumberCoding.read(&cursor, count: Int(count) + 1).sums.map { UInt32(truncatingIfNeeded: $0) }
        for index in values.indices {
            guard starts[index] <= starts[index + 1], index == 0 || values[index - 1] <= values[index] else {
                throw DamagedColumn("fingerprints out of order")
            }
        }
        guard starts.last.map({ $0 <= rowCount }) ?? true else { throw DamagedColumn("a trace behind the last row") }
    }
}

extension TraceID {
    /// `nil` unless there are 16 bytes.
    init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let word = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes.prefix(8)), low: word(bytes.suffix(8)))
    }
}
