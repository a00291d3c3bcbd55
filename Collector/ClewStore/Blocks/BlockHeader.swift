import ClewModel

/// What is known of a block without reading its columns.
struct BlockHeader: Sendable {
    var signal: Signal
    var rowCount: Int
    /// Smallest and largest time of a row, both inclusive.
    var times: ClosedRange<UnixNanoseconds>
    /// Bytes of the whole block.
    var byteCount: Int
    /// Bytes of its directory, with which it begins, and their CRC-32.
    var directorySize: Int
    var directoryChecksum: UInt32
    var services: [String]
    /// Attribute keys that have a column, with their key numbers.
    var keys: [(name: String, number: Int)]
    var resourceKeys: [String]
    /// Whether some attributes lie in the overflow column, so that ``keys`` are not all keys.
    var hasOverflow: Bool

    /// More rows than a block ever has; what claims more is damaged.
    static let maximumRows = 1 << 24
}

extension BlockHeader {
    /// Whether a row could meet the conditions, as far as the header knows.
    func mayMatch(service: String?, _ conditions: [AttributeCondition]) -> Bool {
        (service.map { services.contains($0) } ?? true) && conditions.allSatisfy(mayMatch)
    }

    private func mayMatch(_ condition: AttributeCondition) -> Bool {
        switch condition.scope {
        case .any: condition.meetsMissing || mayHave(condition.key) || resourceKeys.contains(condition.key)
        case .span, .log: condition.meetsMissing || mayHave(condition.key)
        case .resource: condition.meetsMissing || resourceKeys.contains(condition.key)
        case .scope, .event, .link: true
        }
    }

    private func mayHave(_ key: String) -> Bool { hasOverflow || keys.contains { $0.name == key } }
}

extension BlockHeader {
    /// The form that the journal and the catalogue hold; docs/format.md describes it.
    func serialize(into output: inout [UInt8]) {
        output.append(signal == .logs ? 1 : 0)
        output.appendVarint(UInt64(rowCount))
        output.appendVarint(times.lowerBound)
        output.appendVarint(times.upperBound)
        output.appendVarint(UInt64(byteCount))
        output.appendVarint(UInt64(directorySize))
        output.appendFixed(directoryChecksum)
        ByteStrings(services).serialize(into: &output)
        ByteStrings(keys.map(\.name)).serialize(into: &output)
        for key in keys { output.appendVarint(UInt64(key.number)) }
        ByteStrings(resourceKeys).serialize(into: &output)
        output.append(hasOverflow ? 1 : 0)
    }

    init(reading cursor: inout ByteCursor) throws(DamagedColumn) {
        switch try cursor.byte() {
        case 0: signal = .traces
        case 1: signal = .logs
        case let other: throw DamagedColumn("a block of the unknown signal \(other)")
        }
        rowCount = try Self.bounded(cursor.varint(), 1...Self.maximumRows, "rows")
        let (first, last) = (try cursor.varint(), try cursor.varint())
        guard first <= last else { throw DamagedColumn("a block's last time before its first") }
        times = first...last
        byteCount = try Self.bounded(cursor.varint(), 0...(1 << 40), "bytes")
        directorySize = try Self.bounded(cursor.varint(), 0...byteCount, "bytes of directory")
        directoryChecksum = UInt32(try cursor.fixed(width: 4))
        services = try ByteStrings(reading: &cursor).strings
        keys = []
        for name in try ByteStrings(reading: &cursor).strings {
            let number = try Self.bounded(cursor.varint(), 0...(BlockColumn.maximumKeys - 1), "as a key's number")
            keys.append((name, number))
        }
        resourceKeys = try ByteStrings(reading: &cursor).strings
        hasOverflow = try cursor.byte() != 0
    }

    private static func bounded(
        _ value: UInt64, _ range: ClosedRange<Int>, _ what: String
    ) throws(DamagedColumn) -> Int {
        guard let value = Int(exactly: value), range.contains(value) else {
            throw DamagedColumn("\(value) \(what) in a block")
        }
        return value
    }
}
