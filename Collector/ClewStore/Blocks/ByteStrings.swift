/// Byte strings one behind the other in one arena.
///
/// The arena stays below 4 GiB: a builder is sealed long before (see ``EmbeddedStore/Options``).
struct ByteStrings: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each string ends in ``bytes``; it begins where the one before ends.
    private(set) var ends: [UInt32] = []

    var count: Int { ends.count }

    func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    func string(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

    mutating func append(_ string: RawSpan) {
        bytes.append(string)
        close()
    }

    mutating func append(_ string: some Collection<UInt8>) {
        bytes.append(contentsOf: string)
        close()
    }

    /// Appends all strings of another.
    mutating func append(_ other: ByteStrings) {
        let base = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + base })
    }

    /// Appends to the string that the next ``close()`` ends.
    mutating func appendOpen(_ part: some Collection<UInt8>) {
        bytes.append(contentsOf: part)
    }

    mutating func appendOpen(_ byte: UInt8) { bytes.append(byte) }

    mutating func appendOpen(varint value: UInt64) { bytes.appendVarint(value) }

    /// Appends a varint length and the bytes to the string that the next ``close()`` ends.
    mutating func appendOpen(lengthPrefixed part: RawSpan) {
        bytes.appendVarint(UInt64(part.byteCount))
        bytes.append(part)
    }

    mutating func close() {
        ends.append(UInt32(bytes.count))
    }

    mutating func discardOpen() {
        truncate(to: count)
    }

    mutating func truncate(to count: Int) {
        ends.removeLast(ends.count - count)
        bytes.removeLast(bytes.count - Int(ends.last ?? 0))
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    func equals(_ index: Int, _ other: RawSpan) -> Bool {
        let range = range(index)
        guard range.count == other.byteCount else { return false }
        return unsafe bytes.span.bytes.extracting(range).elementsEqual(other)
    }
}

extension ByteStrings {
    /// One string.
    init(bytes: [UInt8]) {
        append(bytes)
    }

    init(_ strings: some Sequence<String>) {
        for string in strings { append(string.utf8) }
    }

    /// Reads what ``serialize(into:)`` wrote.
    init(reading cursor: inout ByteCursor) throws(DamagedColumn) {
        // A string of no bytes takes none, so the count is bounded by what a block can hold rather than by the bytes left.
        let count = try cursor.varint()
        guard count <= UInt64(Self.maximumCount) else { throw DamagedColumn("\(count) strings in one column") }
        var end: UInt64 = 0
        let lengths = try NumberCoding.read(&cursor, count: Int(count))
        ends.reserveCapacity(lengths.count)
        for length in lengths {
            guard length <= UInt64(cursor.remaining) - end else {
                throw DamagedColumn("strings end behind the column's end")
            }
            end += length
            ends.append(UInt32(truncatingIfNeeded: end))
        }
        bytes = Array(try cursor.take(Int(end)))
    }

    /// A varint count, that many lengths as numbers, and the bytes.
    func serialize(into output: inout [UInt8]) {
        output.appendVarint(UInt64(count))
        var start: UInt32 = 0
        NumberCoding.append(
            ends.map { end in
                defer { start = end }
                return end - start
            }, to: &output)
        output.append(contentsOf: bytes)
    }

    /// Strings of one column of one block, at most: rows are bounded likewise.
    static let maximumCount = 1 << 24

    var strings: [String] { (0..<count).map { string($0) } }
}
