import ClewModel

/// A sorted array of 32 bits per trace tells whether a block may hold a trace, without an index that grows.
///
/// Two different traces share a fingerprint once in 4 billion, which costs a look at a block in vain.
enum Fingerprints {
    static func of(_ id: TraceID) -> UInt32 { UInt32(truncatingIfNeeded: id.low) }

    /// The fingerprints of trace ids as they lie in a dictionary, without the invalid one; ascending and distinct.
    static func of(_ ids: ByteStrings) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(ids.count)
        for index in 0..<ids.count {
            guard let id = TraceID(bytes: ids[index]), id.isValid else { continue }
            result.append(of(id))
        }
        result.sort()
        return result.reduce(into: []) { distinct, next in
            if distinct.last != next { distinct.append(next) }
        }
    }

    static func contains(_ fingerprint: UInt32, in sorted: [UInt32]) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < fingerprint { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == fingerprint
    }

    static func column(_ fingerprints: [UInt32]) -> StoredColumn {
        StoredColumn(
            position: BlockColumn.fingerprints,
            name: "fingerprints",
            encoding: NumberEncoding.delta.rawValue,
            valueCount: fingerprints.count,
            raw: NumberEncoding.delta.encode(fingerprints.map(UInt64.init)),
            compressing: false
        )
    }

    static func decode(_ column: StoredColumn) throws(DamagedColumn) -> [UInt32] {
        try column.numbers(count: column.valueCount).map { UInt32(truncatingIfNeeded: $0) }
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
