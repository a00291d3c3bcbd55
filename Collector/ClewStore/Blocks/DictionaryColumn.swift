/// A column of byte strings: each distinct string once, and a number per value.
struct DictionaryColumn: Sendable {
    var strings = ByteStrings()
    /// Index into ``strings``, one for each value in row order.
    var ids: [UInt32] = []
}

/// A dictionary column that grows.
struct DictionaryBuilder: Sendable {
    private(set) var interner = Interner()
    private(set) var ids: [UInt32] = []

    var column: DictionaryColumn { DictionaryColumn(strings: interner.strings, ids: ids) }

    mutating func intern(_ string: RawSpan) -> UInt32 { interner.intern(string) }

    mutating func intern(_ string: [UInt8]) -> UInt32 { interner.intern(unsafe string.span.bytes) }

    mutating func append(_ string: [UInt8]) {
        append(unsafe string.span.bytes)
    }

    mutating func append(_ string: RawSpan) {
        ids.append(interner.intern(string))
    }

    mutating func append(id: UInt32) {
        ids.append(id)
    }

    mutating func removeLast(_ count: Int = 1) {
        ids.removeLast(count)
    }

    mutating func removeAll() {
        interner.removeAll()
        ids.removeAll(keepingCapacity: true)
    }
}
