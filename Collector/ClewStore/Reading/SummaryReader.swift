import ClewModel

/// Makes summaries of the matching spans of a block from the few columns that they need.
struct SummaryReader {
    private let reader: BlockReader
    private var targets: AttributeValues
    /// By where the values of the target keys lie: spans with the same values have the same target.
    private var knownTargets: [[AttributeValues.Place?]: Target?] = [:]

    init(_ reader: BlockReader) throws {
        self.reader = reader
        targets = try AttributeValues(Target.attributeKeys, reader)
    }

    mutating func summaries(_ rows: [Int]) throws -> [SpanSummary] {
        let traceIDs = try reader.dictionary(BlockSchema.Dictionary.traceID)
        let names = try reader.dictionary(BlockSchema.Dictionary.name)
        let resources = try reader.dictionary(BlockSchema.Dictionary.resource)
        let services = try resources.strings.resources().map(\.serviceName)
        let nameStrings = names.strings.strings
        let starts = try reader.numbers(BlockSchema.Number.time)
        let durations = try reader.numbers(BlockSchema.Number.duration)
        let spanIDs = try reader.numbers(BlockSchema.Number.spanID)
        let parents = try reader.numbers(BlockSchema.Number.parentSpanID)
        let kinds = try reader.numbers(BlockSchema.Number.kind)
        let statuses = try reader.numbers(BlockSchema.Number.status)
        return try rows.map { row in
            guard let traceID = TraceID(bytes: traceIDs.strings[Int(traceIDs.ids[row])]) else {
                throw DamagedColumn("a trace id is not 16 bytes")
            }
            return SpanSummary(
                traceID: traceID,
                spanID: SpanID(spanIDs[row]),
                parentSpanID: parents[row] == 0 ? nil : SpanID(parents[row]),
                service: services[Int(resources.ids[row])],
                name: nameStrings[Int(names.ids[row])],
                kind: SpanKind(rawValue: UInt8(clamping: kinds[row])) ?? .unspecified,
                status: SpanStatus.Code(rawValue: UInt8(clamping: statuses[row])) ?? .unset,
                start: starts[row],
                end: starts[row] &+ durations[row].unzigzag,
                target: try target(row)
            )
        }
    }

    private mutating func target(_ row: Int) throws -> Target? {
        guard targets.hasValues(row) else { return nil }
        let places = Target.attributeKeys.indices.map { targets.place(of: $0, row) }
        if let known = knownTargets[places] { return known }
        var strings: [String: String] = [:]
        for (key, place) in zip(Target.attributeKeys, places) {
            guard let place, case .string(let value) = try targets.value(at: place), !value.isEmpty else { continue }
            strings[key] = value
        }
        let target = Target { keys in keys.lazy.compactMap { strings[$0] }.first }
        knownTargets[places] = .some(target)
        return target
    }
}
