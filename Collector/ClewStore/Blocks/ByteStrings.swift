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

    /// Appends to the string that the next ``close()`` ends.
    mutating func appendOpen(_ part: some Collection<UInt8>) {
        bytes.append(contentsOf: part)
    }

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

    /// Reads what ``serialized()`` wrote.
    init(reading cursor: inout ByteCursor) throws(DamagedColumn) {
        let count = try cursor.count()
        var end: UInt64 = 0
        ends.reserveCapacity(count)
        for _ in 0..<count {
            end += UInt64(try cursor.count())
            guard end <= UInt64(cursor.remaining) else { throw DamagedColumn("strings end behind the column's end") }
            ends.append(UInt32(truncatingIfNeeded: end))
        }
        bytes = Array(try cursor.take(Int(end)))
    }

    /// A count, that many lengths, and the bytes; count and lengths are varints.
    func serialize(into output: inout [UInt8]) {
        output.appendVarint(UInt64(count))
        var start: UInt32 = 0
        for end in ends {
            output.appendVarint(UInt64(end - start))
            start = end
        }
        output.append(contentsOf: bytes)
    }

    var strings: [String] { (0..<count).map { string($0) } }
}
