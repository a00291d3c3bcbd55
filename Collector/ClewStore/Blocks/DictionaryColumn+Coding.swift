import ClewWire

/// One page of a column of strings, as it lies in a block.
enum DictionaryPage {
    private enum Form: UInt8 {
        /// Numbers into the strings that all pages of the column share.
        case shared = 0
        /// The page's own strings, then numbers into them.
        case local = 1
        /// Every value is an `AnyValue` that holds an integer: the integers, zigzag.
        case integers = 2
        /// The page's own strings, one for each value.
        case distinct = 3
    }

    /// - Returns: The form, the number of values, and the values; and whether compression may gain something.
    static func shared(_ ids: [UInt32]) -> (bytes: [UInt8], isCompressible: Bool) {
        var output = [Form.shared.rawValue]
        output.appendVarint(UInt64(ids.count))
        let isCompressible = NumberCoding.append(ids, to: &output)
        return (output, isCompressible)
    }

    static func local(_ values: DictionaryColumn) -> (bytes: [UInt8], isCompressible: Bool) {
        let count = UInt32(values.ids.count)
        let isDistinct = values.strings.count == values.ids.count && values.ids.elementsEqual(0..<count)
        var output = [isDistinct ? Form.distinct.rawValue : Form.local.rawValue]
        output.appendVarint(UInt64(values.ids.count))
        values.strings.serialize(into: &output)
        if !isDistinct { NumberCoding.append(values.ids, to: &output) }
        return (output, true)
    }

    static func integers(_ values: [UInt64]) -> (bytes: [UInt8], isCompressible: Bool) {
        var output = [Form.integers.rawValue]
        output.appendVarint(UInt64(values.count))
        let isCompressible = NumberCoding.append(values, to: &output)
        return (output, isCompressible)
    }

    /// Appends the values of a page to a column that begins with the shared strings.
    ///
    /// - Parameter maximumCount: Values that the page may hold: its rows, or more for an attribute that repeats in a row.
    static func read(
        _ page: ByteCursor, shared: Int, maximumCount: Int, into column: inout DictionaryColumn
    ) throws(DamagedColumn) {
        var cursor = page
        guard let form = Form(rawValue: try cursor.byte()) else { throw DamagedColumn("unknown form of strings") }
        let written = try cursor.varint()
        guard written <= UInt64(maximumCount) else { throw DamagedColumn("\(written) values in one page") }
        let count = Int(written)
        let base = column.strings.count
        switch form {
        case .shared:
            try NumberCoding.read(&cursor, count: count, base: 0, limit: shared, into: &column.ids)
        case .local:
            let strings = try ByteStrings(reading: &cursor)
            column.strings.append(strings)
            try NumberCoding.read(&cursor, count: count, base: base, limit: strings.count, into: &column.ids)
        case .distinct:
            let strings = try ByteStrings(reading: &cursor)
            guard strings.count == count else { throw DamagedColumn("\(strings.count) strings, \(count) values") }
            column.strings.append(strings)
            column.ids.append(contentsOf: UInt32(base)..<UInt32(base + count))
        case .integers:
            for value in try NumberCoding.read(&cursor, count: count) {
                EncodedInteger.append(value.unzigzag, to: &column.strings)
            }
            column.ids.append(contentsOf: UInt32(base)..<UInt32(base + count))
        }
    }
}

/// An `AnyValue` that holds an integer, in the one form that this code writes itself.
enum EncodedInteger {
    /// Field 3 (`int_value`), a varint.
    private static let tag: UInt8 = 0x18

    static func bytes(_ value: UInt64) -> [UInt8] {
        var bytes = [tag]
        bytes.appendVarint(value)
        return bytes
    }

    static func append(_ value: UInt64, to strings: inout ByteStrings) {
        strings.appendOpen(tag)
        strings.appendOpen(varint: value)
        strings.close()
    }

    /// The 64 bits of the integer; `nil` for any other value, and for a varint that is longer than it need be.
    static func value(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        guard bytes.first == tag, (2...11).contains(bytes.count) else { return nil }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes.dropFirst() {
            value |= UInt64(byte & 0x7F) << shift
            shift += 7
        }
        return Self.bytes(value).elementsEqual(bytes) ? value : nil
    }
}
