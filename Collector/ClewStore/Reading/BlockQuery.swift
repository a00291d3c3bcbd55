import ClewModel

/// What the two kinds of query have in common, so that one engine answers both.
protocol BlockQuery: Sendable {
    associatedtype Record: Sendable

    static var signal: Signal { get }
    var time: Range<UnixNanoseconds> { get }
    var service: String? { get }
    var servicePattern: TextPattern? { get }
    var soughtTraces: Set<TraceID>? { get }
    var attributes: [AttributeCondition] { get }
    var limit: Int { get }

    /// Leaves out the pages of which no row can match.
    func narrowPages(_ reader: BlockReader) throws
    /// Applies the conditions that only this kind of query has and that may rule out the whole block for little.
    func narrowNames(_ rows: inout RowSelection, _ reader: BlockReader) throws
    /// Applies the other conditions that only this kind of query has.
    func narrow(_ rows: inout RowSelection, _ reader: BlockReader) throws
    /// The records of some rows, ascending.
    static func records(_ block: Block, _ rows: [Int]) throws(DamagedColumn) -> [Record]
}

extension BlockQuery {
    /// The rows of a block that match, ascending; reads only the columns that the conditions need.
    ///
    /// What may rule out the whole block comes first: the distinct services, names and attribute values and the
    /// filter of texts, without a look at the rows.
    func rows(_ reader: BlockReader) throws -> [Int] {
        try narrowPages(reader)
        if reader.rowCount == 0 { return [] }
        var rows = RowSelection(reader.rowCount)
        var resources = BlockResources(reader)
        try narrowServices(&rows, reader, &resources)
        if !rows.isEmpty { try narrowNames(&rows, reader) }
        if rows.isEmpty { return [] }
        let filter = try AttributeFilter(attributes, reader, &resources)
        if filter.isHopeless { return [] }
        if let soughtTraces {
            try rows.keep(reader.dictionary(BlockSchema.Dictionary.traceID)) { strings, index in
                TraceID(bytes: strings[index]).map(soughtTraces.contains) ?? false
            }
        }
        let times = reader.header.times
        if !rows.isEmpty, !time.contains(times.lowerBound) || !time.contains(times.upperBound) {
            let times = try reader.numbers(BlockSchema.Number.time)
            rows.keep { time.contains(times[$0]) }
        }
        if !rows.isEmpty { try narrow(&rows, reader) }
        try filter.apply(to: &rows)
        return rows.rows
    }

    private func narrowServices(
        _ rows: inout RowSelection, _ reader: BlockReader, _ resources: inout BlockResources
    ) throws {
        guard service != nil || servicePattern != nil else { return }
        var accepted: Set<String> = []
        for name in reader.header.services {
            let isNamed = service.map { $0 == name } ?? true
            if isNamed, servicePattern.map({ $0.matches(name) }) ?? true { accepted.insert(name) }
        }
        if accepted.count == reader.header.services.count { return }
        if accepted.isEmpty { return rows.removeAll() }
        let verdicts = try resources.all().map { accepted.contains($0.serviceName) }
        rows.keep(try reader.dictionary(BlockSchema.Dictionary.resource).ids, verdicts)
    }
}
