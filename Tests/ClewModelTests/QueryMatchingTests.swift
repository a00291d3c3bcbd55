import ClewModel
import Testing

@Suite("Query matching")
struct QueryMatchingTests {
    private static let span = Span(
        traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), parentSpanID: SpanID(4), name: "GET /orders",
        kind: .server,
        start: 1000, end: 1500, attributes: [Attribute("http.route", "/orders")], status: SpanStatus(.error),
        resource: Resource(attributes: [Attribute("service.name", "orders")]))

    @Test(
        "a span meets each of its own conditions",
        arguments: [
            SpanQuery(), SpanQuery(time: 1000..<1001), SpanQuery(service: "orders"),
            SpanQuery(operation: "GET /orders"), SpanQuery(servicePattern: try? TextPattern("ord.*")),
            SpanQuery(operationPattern: try? TextPattern("(GET|POST) .*")),
            SpanQuery(kinds: [.server, .client]), SpanQuery(status: .error), SpanQuery(minimumDuration: 500),
            SpanQuery(maximumDuration: 500), SpanQuery(traceIDs: [TraceID(high: 1, low: 2)]),
            SpanQuery(attributes: [
                AttributeCondition("http.route"), AttributeCondition("service.name", .equal, "orders"),
            ]),
        ])
    func matches(query: SpanQuery) {
        #expect(query.matches(Self.span))
    }

    @Test(
        "a span fails each condition that is off by a little",
        arguments: [
            SpanQuery(time: 1001..<2000), SpanQuery(time: 0..<1000), SpanQuery(service: "order"),
            SpanQuery(servicePattern: try? TextPattern("order")), SpanQuery(operationPattern: try? TextPattern("GET")),
            SpanQuery(operation: "GET"), SpanQuery(kinds: [.client]), SpanQuery(status: .ok),
            SpanQuery(minimumDuration: 501), SpanQuery(maximumDuration: 499), SpanQuery(rootsOnly: true),
            SpanQuery(traceIDs: []), SpanQuery(traceIDs: [TraceID(high: 2, low: 1)]),
            SpanQuery(linkedTo: []), SpanQuery(linkedTo: [TraceID(high: 2, low: 1)]),
            SpanQuery(attributes: [AttributeCondition("http.method")]),
        ])
    func fails(query: SpanQuery) {
        #expect(!query.matches(Self.span))
    }

    private static let record = LogRecord(
        time: 0, observedTime: 1000, severityNumber: 14, body: "Payment TIMED out after 3 s",
        traceID: TraceID(high: 1, low: 2), resource: Resource(attributes: [Attribute("service.name", "payments")]))

    @Test(
        "a record meets each of its own conditions; its observed time stands in for a missing time",
        arguments: [
            LogQuery(), LogQuery(time: 1000..<1001), LogQuery(service: "payments"),
            LogQuery(traceID: TraceID(high: 1, low: 2)), LogQuery(minimumSeverity: .warn), LogQuery(text: "timed OUT"),
            LogQuery(text: ""),
        ])
    func matches(query: LogQuery) {
        #expect(query.matches(Self.record))
    }

    @Test(
        "a record fails each condition that is off by a little",
        arguments: [
            LogQuery(time: 0..<1000), LogQuery(service: "payment"), LogQuery(traceID: TraceID(high: 2, low: 1)),
            LogQuery(minimumSeverity: .error), LogQuery(text: "timed  out"),
            LogQuery(text: "Payment TIMED out after 3 s."), LogQuery(attributes: [AttributeCondition("k")]),
        ])
    func fails(query: LogQuery) {
        #expect(!query.matches(Self.record))
    }
}
