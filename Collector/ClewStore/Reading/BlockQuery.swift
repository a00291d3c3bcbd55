import ClewModel

/// What the two kinds of query have in common, so that one engine answers both.
protocol BlockQuery: Sendable {
    associatedtype Record: Sendable

    static var signal: Signal { get }
    var time: Range<UnixNanoseconds> { get }
    var service: String? { get }
    var soughtTraces: Set<TraceID>? { get }
    var attributes: [AttributeCondition] { get }
    var limit: Int { get }

    /// Applies the conditions that only this kind of query has.
    func narrow(_ rows: inout RowSelection, _ reader: BlockReader) throws
    /// The records of some rows, ascending.
    static func records(_ block: Block, _ rows: [Int]) throws(DamagedColumn) -> [Record]
}

extension BlockQuery {
    /// The rows of a block that match, ascending; reads only the columns that the conditions need.
    func rows(_ reader: BlockReader) throws -> [Int] {
        var rows = RowSelection(reader.rowCount)
        let header = reader.header
        if !time.contains(header.times.lowerBound) || !time.contains(header.times.upperBound) {
            let times = try reader.numbers(BlockSchema.Number.time)
            rows.keep { time.contains(times[$0]) }
        }
        if let soughtTraces {
            try rows.keep(reader.dictionary(BlockSchema.Dictionary.traceID)) { strings, index in
                TraceID(bytes: strings[index]).map(soughtTraces.contains) ?? false
            }
        }
        if let service, header.services != [service] {
            let resources = try reader.dictionary(BlockSchema.Dictionary.resource)
            let matches = try resources.strings.resources().map { $0.serviceName == service }
            rows.keep { matches[Int(resources.ids[$0])] }
        }
        try narrow(&rows, reader)
        if !attributes.isEmpty, !rows.isEmpty {
            try AttributeFilter(attributes, reader).apply(to: &rows)
        }
        return rows.rows
    }
}

/// The rows of a block that have met every condition so far, ascending.
struct RowSelection {
    private(set) var rows: [Int]

    init(_ count: Int) {
        rows = Array(0..<count)
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func keep(_ condition: (Int) throws -> Bool) rethrows {
        try rows.removeAll { try !condition($0) }
    }

    /// Keeps the rows whose string meets a condition, which is asked once per distinct string.
    mutating func keep(
        _ column: DictionaryColumn, _ condition: (ByteStrings, Int) throws -> Bool
    ) rethrows {
        let matches = try (0..<column.strings.count).map { try condition(column.strings, $0) }
        keep { matches[Int(column.ids[$0])] }
    }
}
