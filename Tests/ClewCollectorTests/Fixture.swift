import ClewModel

/// Telemetry to send and to ask for.
enum Fixture {
    static let second = UInt64.nanosecondsPerSecond
    static let millisecond = second / 1000
    /// 2026-01-01T00:00:00Z.
    static let start = 1_767_225_600 * second
    static let end = start + 600 * second

    static func span(
        trace: UInt64 = 1, _ id: UInt64, parent: UInt64? = nil, service: String = "gateway",
        name: String = "GET /", kind: SpanKind = .server, start: UInt64 = start, duration: UInt64 = millisecond,
        attributes: Attributes = [], status: SpanStatus.Code = .unset
    ) -> Span {
        Span(
            traceID: TraceID(high: 7, low: trace), spanID: SpanID(trace << 16 | id),
            parentSpanID: parent.map { SpanID(trace << 16 | $0) }, name: name, kind: kind, start: start,
            end: start + duration, attributes: attributes, status: SpanStatus(status),
            resource: Resource(attributes: [Attribute("service.name", .string(service))]))
    }

    /// A request through a gateway to a service that asks its database, which takes `database`.
    static func request(_ trace: UInt64, at start: UInt64, database: UInt64) -> [Span] {
        [
            span(trace: trace, 1, name: "GET /orders", start: start, duration: database + 40 * millisecond),
            span(
                trace: trace, 2, parent: 1, name: "GET", kind: .client, start: start + 10 * millisecond,
                duration: database + 20 * millisecond),
            span(
                trace: trace, 3, parent: 2, service: "orders", name: "GET /orders/{id}",
                start: start + 15 * millisecond, duration: database + 10 * millisecond),
            span(
                trace: trace, 4, parent: 3, service: "orders", name: "SELECT", kind: .client,
                start: start + 20 * millisecond, duration: database,
                attributes: [
                    Attribute("db.system.name", "sqlite"), Attribute("db.namespace", "orders"),
                ]),
        ]
    }

    /// A hundred requests over ten minutes, of which every tenth waits for the database.
    static let requests: [Span] = (0..<100).flatMap { (index: UInt64) -> [Span] in
        let database = index % 10 == 0 ? 500 * millisecond : 5 * millisecond
        return request(index + 1, at: start + index * (6 * second), database: database)
    }

    static func record(_ text: String, at time: UInt64 = start, severity: Severity = .info) -> LogRecord {
        LogRecord(
            time: time, severityNumber: severity.rawValue, body: .string(text), traceID: TraceID(high: 7, low: 1),
            resource: Resource(attributes: [Attribute("service.name", "gateway")]))
    }
}
