/// One page of a column of numbers, as it lies in a block.
enum NumberPage {
    enum Form: UInt8, Sendable {
        case plain = 0
        /// ``Swift/Array/deltas``.
        case delta = 1
        /// For each row: 0 for none, 1 for a span id that follows behind all rows, else 2 + the zigzag of the distance to
        /// the row of this page whose span id it is.
        case parents = 2
    }

    private static let explicit: UInt64 = 1
    private static let firstDistance: UInt64 = 2

    /// - Parameter spanIDs: Those of the page's rows; only `parents` needs them.
    static func append(
        _ values: [UInt64], _ form: Form, spanIDs: [UInt64], to output: inout [UInt8]
    ) -> Bool {
        output.append(form.rawValue)
        switch form {
        case .plain: return NumberCoding.append(values, to: &output)
        case .delta: return NumberCoding.append(values.deltas, to: &output)
        case .parents:
            var others: [UInt64] = []
            let codes = codes(of: values, spanIDs, &others)
            let isCompressible = NumberCoding.append(codes, to: &output)
            NumberCoding.append(others, to: &output)
            return isCompressible
        }
    }

    private static func codes(of parents: [UInt64], _ spanIDs: [UInt64], _ others: inout [UInt64]) -> [UInt64] {
        let rows = RowsBySpanID(spanIDs)
        var codes: [UInt64] = []
        codes.reserveCapacity(parents.count)
        for (row, parent) in parents.enumerated() {
            if parent == 0 {
                codes.append(0)
            } else if let found = rows.row(of: parent, in: spanIDs) {
                codes.append(firstDistance + UInt64(bitPattern: Int64(found - row)).zigzag)
            } else {
                codes.append(explicit)
                others.append(parent)
            }
        }
        return codes
    }

    static func read(
        _ page: ByteCursor, count: Int, spanIDs: () throws -> [UInt64]
    ) throws -> [UInt64] {
        var cursor = page
        guard let form = Form(rawValue: try cursor.byte()) else { throw DamagedColumn("unknown form of numbers") }
        let values = try NumberCoding.read(&cursor, count: count)
        switch form {
        case .plain: return values
        case .delta: return values.sums
        case .parents: return try parents(values, try spanIDs(), &cursor)
        }
    }

    private static func parents(
        _ codes: [UInt64], _ spanIDs: [UInt64], _ cursor: inout ByteCursor
    ) throws(DamagedColumn) -> [UInt64] {
        let others = try NumberCoding.read(&cursor, count: codes.count { $0 == explicit })
        var nextOther = 0
        var parents: [UInt64] = []
        parents.reserveCapacity(codes.count)
        for (row, code) in codes.enumerated() {
            switch code {
            case 0: parents.append(0)
            case explicit:
                parents.append(others[nextOther])
                nextOther += 1
            default:
                let distance = Int64(bitPattern: (code - firstDistance).unzigzag)
                let (found, overflow) = row.addingReportingOverflow(Int(distance))
                guard !overflow, spanIDs.indices.contains(found) else { throw DamagedColumn("a parent in no row") }
                parents.append(spanIDs[found])
            }
        }
        return parents
    }
}

/// Finds the first row that has a span id; open addressing, at most half full.
private struct RowsBySpanID {
    /// A row plus one; zero is a free slot. The size is a power of two.
    private var slots: [UInt32]

    init(_ spanIDs: [UInt64]) {
        var size = 16
        while size < spanIDs.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for (row, id) in spanIDs.enumerated() {
            let slot = slot(of: id, in: spanIDs)
            if slots[slot] == 0 { slots[slot] = UInt32(row + 1) }
        }
    }

    func row(of id: UInt64, in spanIDs: [UInt64]) -> Int? {
        let row = slots[slot(of: id, in: spanIDs)]
        return row == 0 ? nil : Int(row - 1)
    }

    /// Where an id lies, or would.
    private func slot(of id: UInt64, in spanIDs: [UInt64]) -> Int {
        // Ids may be counters, so they are mixed; who wants collisions can only slow down the page of one trace.
        var slot = Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
        while slots[slot] != 0, spanIDs[Int(slots[slot] - 1)] != id { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}
