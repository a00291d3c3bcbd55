/// Whole numbers in the smallest of four forms; a byte in front says which.
///
/// Small numbers get a byte each, because repeating patterns then lie at whole bytes, where zlib finds them. Larger ones are
/// packed with as many bits as the largest of each 64 needs: random low bits do not compress, and unpacking costs less.
enum NumberCoding {
    private enum Form: UInt8 {
        /// One varint that holds for all.
        case constant = 0
        /// A byte each.
        case bytes = 1
        /// For each 64 numbers: a byte that is the width in bits, then that many little-endian words of 8 bytes, with the
        /// first number in the lowest bits. The last group is filled up with zeros.
        case packed = 2
        /// A varint that counts the distinct numbers, those as varints, then a byte each: the number's place among them.
        case table = 3
    }

    /// Numbers that a table has at most: there are either few distinct ones or very many.
    private static let maximumTable = 16

    private static let groupSize = 64

    /// - Returns: Whether compression may gain something.
    @discardableResult
    static func append<Value: FixedWidthInteger & UnsignedInteger>(
        _ values: [Value], to output: inout [UInt8]
    ) -> Bool {
        guard let first = values.first else {
            output.append(Form.constant.rawValue)
            output.append(0)
            return false
        }
        var union: Value = 0
        var differing: Value = 0
        for value in values {
            union |= value
            differing |= value ^ first
        }
        if differing == 0 {
            output.append(Form.constant.rawValue)
            output.appendVarint(UInt64(first))
            return false
        }
        if union <= 0xFF {
            output.append(Form.bytes.rawValue)
            output.reserveCapacity(output.count + values.count)
            for value in values { output.append(UInt8(truncatingIfNeeded: value)) }
            return true
        }
        if let (table, places) = table(values) {
            output.append(Form.table.rawValue)
            output.appendVarint(UInt64(table.count))
            for value in table { output.appendVarint(UInt64(value)) }
            output.append(contentsOf: places)
            return true
        }
        output.append(Form.packed.rawValue)
        output.reserveCapacity(output.count + values.count * (union.bitWidth - union.leadingZeroBitCount) / 8 + 16)
        for start in stride(from: 0, to: values.count, by: groupSize) {
            appendGroup(values, start..<min(values.count, start + groupSize), to: &output)
        }
        return false
    }

    private static func table<Value: FixedWidthInteger & UnsignedInteger>(
        _ values: [Value]
    ) -> (table: [Value], places: [UInt8])? {
        var table: [Value] = []
        var places: [UInt8] = []
        for value in values {
            var place = table.firstIndex(of: value)
            if place == nil {
                guard table.count < maximumTable else { return nil }
                place = table.count
                table.append(value)
            }
            places.append(UInt8(truncatingIfNeeded: place ?? 0))
        }
        // Of few numbers each may be distinct.
        return table.count * 8 < values.count ? (table, places) : nil
    }

    private static func appendGroup<Value: FixedWidthInteger & UnsignedInteger>(
        _ values: [Value], _ range: Range<Int>, to output: inout [UInt8]
    ) {
        var union: Value = 0
        for index in range { union |= values[index] }
        let width = UInt64(Value.bitWidth - union.leadingZeroBitCount)
        output.append(UInt8(width))
        var (word, filled, words) = (UInt64(0), UInt64(0), UInt64(0))
        for index in range where width > 0 {
            let value = UInt64(values[index])
            word |= value << filled
            filled += width
            guard filled >= 64 else { continue }
            output.appendFixed(word)
            words += 1
            filled -= 64
            // The bits that had no room; a shift by 64 or more gives zero.
            word = value >> (width - filled)
        }
        while words < width {
            output.appendFixed(word)
            words += 1
            word = 0
        }
    }

    static func read(_ cursor: inout ByteCursor, count: Int) throws(DamagedColumn) -> [UInt64] {
        guard let form = Form(rawValue: try cursor.byte()) else { throw DamagedColumn("unknown form of numbers") }
        switch form {
        case .constant: return Array(repeating: try cursor.varint(), count: count)
        case .bytes:
            var values: [UInt64] = []
            values.reserveCapacity(count)
            for byte in try cursor.take(count) { values.append(UInt64(byte)) }
            return values
        case .table:
            let size = try cursor.count()
            var table: [UInt64] = []
            for _ in 0..<size { table.append(try cursor.varint()) }
            return try cursor.take(count).map { byte throws(DamagedColumn) in
                guard Int(byte) < size else { throw DamagedColumn("a number that is not in the table") }
                return table[Int(byte)]
            }
        case .packed:
            // A group takes at least its width byte, so a count that the bytes cannot hold is found before it is reserved.
            guard (count + groupSize - 1) / groupSize <= cursor.remaining else {
                throw DamagedColumn("\(cursor.remaining) bytes cannot hold \(count) numbers")
            }
            var values: [UInt64] = []
            values.reserveCapacity(count)
            while values.count < count {
                try readGroup(&cursor, min(groupSize, count - values.count), into: &values)
            }
            return values
        }
    }

    /// Reads numbers that count strings, and appends each plus `base`.
    ///
    /// - Parameter limit: Strings that there are.
    static func read(
        _ cursor: inout ByteCursor, count: Int, base: Int, limit: Int, into ids: inout [UInt32]
    ) throws(DamagedColumn) {
        let base = UInt32(base)
        var largest: UInt64 = 0
        if cursor.remaining > count, cursor.bytes[cursor.offset] == Form.bytes.rawValue {
            try cursor.skip(1)
            var largestByte: UInt8 = 0
            ids.reserveCapacity(ids.count + count)
            for byte in try cursor.take(count) {
                largestByte = max(largestByte, byte)
                ids.append(UInt32(byte) &+ base)
            }
            largest = UInt64(largestByte)
        } else {
            let numbers = try read(&cursor, count: count)
            ids.reserveCapacity(ids.count + count)
            for number in numbers {
                largest = max(largest, number)
                ids.append(UInt32(truncatingIfNeeded: number) &+ base)
            }
        }
        guard count == 0 || largest < UInt64(limit) else { throw DamagedColumn("a number without a string") }
    }

    private static func readGroup(
        _ cursor: inout ByteCursor, _ count: Int, into values: inout [UInt64]
    ) throws(DamagedColumn) {
        let width = Int(try cursor.byte())
        guard width <= 64 else { throw DamagedColumn("numbers of \(width) bits") }
        let start = cursor.offset
        try cursor.skip(width * 8)
        if width == 0 {
            for _ in 0..<count { values.append(0) }
            return
        }
        let bytes = unsafe cursor.bytes.span.bytes
        let mask = UInt64.max >> UInt64(64 - width)
        var bit = 0
        for _ in 0..<count {
            let (word, shift) = (start + (bit / 64) * 8, UInt64(bit % 64))
            var value = bytes.word(at: word) >> shift
            if Int(shift) + width > 64 { value |= bytes.word(at: word + 8) << (64 - shift) }
            values.append(value & mask)
            bit += width
        }
    }
}

extension [UInt64] {
    /// Each number as the zigzag of the difference to the one before, the first to zero.
    var deltas: [UInt64] {
        var previous: UInt64 = 0
        return map { value in
            defer { previous = value }
            return (value &- previous).zigzag
        }
    }

    /// Undoes ``deltas``.
    var sums: [UInt64] {
        var sum: UInt64 = 0
        return map { delta in
            sum &+= delta.unzigzag
            return sum
        }
    }
}
