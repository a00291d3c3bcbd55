public import ClewModel

/// Spans and log records that use every field and every type of value, drawn from small sets so that queries find some.
public struct RandomRecords: Sendable {
    public internal(set) var generator: SplitMix64
    /// Times are drawn from here; a few lie days off, in 1970 and in 2100.
    public var time: Range<UnixNanoseconds>

    static let services = ["gateway", "orders", "payments", "café"]
    static let operations = ["GET /orders/{id}", "POST /orders", "SELECT", "", "日本語"]
    static let keys = [
        "http.route", "http.response.status_code", "db.system.name", "db.namespace", "server.address", "retry", "ключ",
        "", "service.name",
    ]

    public init(seed: UInt64, time: Range<UnixNanoseconds> = defaultTime) {
        generator = SplitMix64(seed: seed)
        self.time = time
    }

    /// Two hours around a midnight in 2026.
    public static let defaultTime: Range<UnixNanoseconds> =
        (1_790_035_200 * .nanosecondsPerSecond)..<(1_790_042_400 * .nanosecondsPerSecond)

    public mutating func spans(_ count: Int) -> [Span] {
        let traces = (0..<max(1, count / 8)).map { _ in TraceID.random(using: &generator) }
        var (resource, scope) = (resource(), scope())
        return (0..<count).map { _ in
            if chance(10) { resource = self.resource() }
            if chance(20) { scope = self.scope() }
            return span(pick(traces), resource, scope)
        }
    }

    public mutating func logs(_ count: Int) -> [LogRecord] {
        let traces = (0..<max(1, count / 8)).map { _ in TraceID.random(using: &generator) }
        var (resource, scope) = (resource(), scope())
        return (0..<count).map { _ in
            if chance(10) { resource = self.resource() }
            if chance(20) { scope = self.scope() }
            return log(chance(60) ? pick(traces) : nil, resource, scope)
        }
    }

    private mutating func span(_ traceID: TraceID, _ resource: Resource, _ scope: InstrumentationScope) -> Span {
        let start = moment()
        return Span(
            traceID: traceID,
            spanID: SpanID.random(using: &generator),
            parentSpanID: chance(70) ? SpanID.random(using: &generator) : nil,
            traceState: chance(10) ? "vendor=1" : "",
            flags: chance(80) ? 1 : 0x301,
            name: pick(Self.operations),
            kind: pick(SpanKind.allCases),
            start: start,
            // A few end before they start.
            end: chance(5) ? start - min(start, 1000) : start + pick([0, 1, 1_000_000, 1_500_000, 30_000_000_000]),
            attributes: attributes(8),
            droppedAttributesCount: rare(),
            events: list(3, 20) { $0.event() },
            droppedEventsCount: rare(),
            links: list(2, 10) { $0.link() },
            droppedLinksCount: rare(),
            status: SpanStatus(pick(SpanStatus.Code.allCases), message: chance(10) ? "it failed" : ""),
            resource: resource,
            scope: scope
        )
    }

    private mutating func log(_ traceID: TraceID?, _ resource: Resource, _ scope: InstrumentationScope) -> LogRecord {
        let time = moment()
        return LogRecord(
            time: chance(80) ? time : 0,
            observedTime: time + 5,
            severityNumber: pick([0, 1, 5, 9, 13, 17, 21, 24]),
            severityText: pick(["", "INFO", "error"]),
            body: chance(80) ? .string(pick(["order 17 paid", "Payment FAILED", "retry", ""])) : value(0),
            attributes: attributes(5),
            droppedAttributesCount: rare(),
            flags: chance(80) ? 1 : 0,
            traceID: traceID,
            spanID: chance(50) ? SpanID.random(using: &generator) : nil,
            eventName: chance(10) ? "order.paid" : "",
            resource: resource,
            scope: scope
        )
    }

    private mutating func event() -> SpanEvent {
        SpanEvent(
            time: moment(), name: pick(["exception", "retry", ""]), attributes: attributes(3),
            droppedAttributesCount: rare())
    }

    private mutating func link() -> SpanLink {
        SpanLink(
            traceID: TraceID.random(using: &generator), spanID: SpanID.random(using: &generator),
            traceState: chance(30) ? "a=b" : "", flags: rare(), attributes: attributes(2),
            droppedAttributesCount: rare())
    }

    private mutating func resource() -> Resource {
        var attributes = attributes(3).filter { $0.key != "service.name" }
        if chance(90) { attributes.append(Attribute("service.name", .string(pick(Self.services)))) }
        return Resource(
            attributes: attributes, droppedAttributesCount: rare(),
            schemaURL: chance(50) ? SemanticConventions.schemaURL : "")
    }

    private mutating func scope() -> InstrumentationScope {
        InstrumentationScope(
            name: pick(["", "clew", "http"]), version: chance(50) ? "1.2" : "", attributes: attributes(1),
            droppedAttributesCount: rare(), schemaURL: chance(30) ? SemanticConventions.schemaURL : "")
    }

    /// Keys may repeat, as they may on the wire.
    private mutating func attributes(_ maximum: Int) -> Attributes {
        list(maximum, 90) { Attribute($0.pick(Self.keys), $0.value(0)) }
    }

    private mutating func value(_ depth: Int) -> AttributeValue {
        switch Int.random(in: 0..<(depth < 3 ? 12 : 9), using: &generator) {
        case 0: .empty
        case 1...3: .string(pick(["", "/orders", "sqlite", "10", "zürich", "9223372036854775807"]))
        case 4: .bool(chance(50))
        case 5, 6: .int(pick([0, 10, 200, 404, -1, .max, .min]))
        case 7: .double(pick([0, 10, 0.5, -2.5e300, .infinity]))
        case 8: .bytes(list(4, 80) { UInt8(truncatingIfNeeded: $0.generator.next()) })
        case 9, 10: .array(list(3, 80) { $0.value(depth + 1) })
        default: .keyValueList(list(3, 80) { Attribute($0.pick(Self.keys), $0.value(depth + 1)) })
        }
    }

    private mutating func moment() -> UnixNanoseconds {
        if chance(97) { return UInt64.random(in: time, using: &generator) }
        let day = 86_400 * UInt64.nanosecondsPerSecond
        return pick([1_000, time.lowerBound - 3 * day, time.upperBound + day, 4_102_444_800 * .nanosecondsPerSecond])
    }
}

// MARK: - Chance

extension RandomRecords {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private mutating func rare() -> UInt32 { chance(95) ? 0 : UInt32(truncatingIfNeeded: generator.next()) }

    /// Up to `maximum` elements, none in `100 - percent` of a hundred cases.
    mutating func list<Element>(
        _ maximum: Int, _ percent: Int, _ element: (inout RandomRecords) -> Element
    ) -> [Element] {
        guard chance(percent) else { return [] }
        return (0..<Int.random(in: 0...maximum, using: &generator)).map { _ in element(&self) }
    }
}
