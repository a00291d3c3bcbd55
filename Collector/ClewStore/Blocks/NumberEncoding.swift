/// How a column of numbers lies on disk before compression.
enum NumberEncoding: String, Sendable {
    /// One varint that holds for every row; chosen when all are equal.
    case constant
    /// 8 bytes a row, little-endian: for random ids, which no other form shortens.
    case fixed
    /// A varint a row.
    case varint
    /// A varint a row: the zigzag of the difference to the row before, the first to zero.
    case delta

    func encode(_ values: [UInt64]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(values.count * (self == .fixed ? 8 : 4))
        switch self {
        case .constant: output.appendVarint(values.first ?? 0)
        case .fixed: for value in values { output.appendFixed(value) }
        case .varint: for value in values { output.appendVarint(value) }
        case .delta:
            var previous: UInt64 = 0
            for value in values {
                output.appendVarint((value &- previous).zigzag)
                previous = value
            }
        }
        return output
    }

    func decode(_ bytes: [UInt8], count: Int) throws(DamagedColumn) -> [UInt64] {
        var cursor = ByteCursor(bytes)
        if self == .constant { return Array(repeating: try cursor.varint(), count: count) }
        guard count <= bytes.count else { throw DamagedColumn("\(bytes.count) bytes cannot hold \(count) numbers") }
        var values: [UInt64] = []
        values.reserveCapacity(count)
        var previous: UInt64 = 0
        for _ in 0..<count {
            switch self {
            case .constant: break
            case .fixed: values.append(try cursor.fixed(width: 8))
            case .varint: values.append(try cursor.varint())
            case .delta:
                previous = previous &+ (try cursor.varint()).unzigzag
                values.append(previous)
            }
        }
        return values
    }
}
