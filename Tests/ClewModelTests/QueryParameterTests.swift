import ClewModel
import Testing

@Suite("Query parameters")
struct QueryParameterTests {
    private static let spanQueries = [
        SpanQuery(),
        SpanQuery(
            time: 17..<4_000_000_000_000_000_000, service: "orders", operation: "GET /orders/{id}",
            kinds: [.server, .client, .internal], status: .error, minimumDuration: 0, maximumDuration: .max >> 12,
            rootsOnly: true, traceIDs: [TraceID(high: 1, low: 2), TraceID(high: 3, low: 4)],
            linkedTo: [TraceID(high: 5, low: 6), TraceID(high: 1, low: 2)],
            attributes: [
                AttributeCondition("http.route"), AttributeCondition("a", .equal, "b=c"),
                AttributeCondition("a", .notEqual, ""), AttributeCondition("n", .greaterOrEqual, "1"),
                AttributeCondition("n", .lessOrEqual, "-1"), AttributeCondition("n", .greater, ">"),
                AttributeCondition("n", .less, "é"), AttributeCondition("n", .equal, "~=", in: .resource),
                AttributeCondition("n", .regex, "~.*", in: .event),
                AttributeCondition("n", .notRegex, "(a|b)", in: .link),
                AttributeCondition("n", .missing, in: .scope), AttributeCondition("span:n", .notEqual, ":"),
            ],
            limit: 0),
        SpanQuery(service: "~orders", operation: "=GET"),
        SpanQuery(
            service: "a", servicePattern: try? TextPattern("(a|b).*"), operation: "~",
            operationPattern: try? TextPattern("~=")),
        SpanQuery(service: "", status: .unset, minimumDuration: 1_234_567_890_123),
    ]

    @Test("a span query reads back from its parameters", arguments: spanQueries)
    func spanQuery(query: SpanQuery) throws {
        #expect(try SpanQuery(parameters: query.parameters) == query)
    }

    @Test(
        "a log query reads back from its parameters",
        arguments: Severity.allCases.map {
            LogQuery(
                time: 1..<2, service: "s", traceID: TraceID(high: 1, low: 2), minimumSeverity: $0, text: "timed out",
                attributes: [AttributeCondition("k", .equal, "v"), AttributeCondition("k", .missing, in: .log)],
                limit: 7)
        } + [LogQuery(), LogQuery(servicePattern: try? TextPattern("pay.*"))])
    func logQuery(query: LogQuery) throws {
        #expect(try LogQuery(parameters: query.parameters) == query)
    }

    @Test(
        "durations of any size survive exactly", arguments: [0, 1, 999, (1 << 53) + 1, (1 << 60) + 1, .max] as [UInt64])
    func durations(nanoseconds: UInt64) throws {
        let query = SpanQuery(minimumDuration: nanoseconds, maximumDuration: nanoseconds)
        #expect(try SpanQuery(parameters: query.parameters) == query)
    }

    @Test(
        "a parameter that cannot be read is named",
        arguments: [
            ("from", "-1"), ("to", "now"), ("kind", "servr"), ("status", "bad"), ("min-duration", "5"),
            ("max-duration", "fast"), ("roots", "yes"), ("trace", "12"), ("attribute", ""), ("attribute", "=v"),
            ("attribute", "a!b"), ("attribute", "a=~["), ("attribute", "log:a"), ("service", "~("),
            ("operation", "~a{2,1}"),
            ("limit", "-1"), ("limit", "many"), ("servce", "orders"),
        ])
    func unreadable(name: String, value: String) {
        let error = #expect(throws: QueryParameterError.self) { try SpanQuery(parameters: [(name, value)]) }
        #expect(error?.name == name)
        #expect(error?.value == value)
    }

    @Test("a pattern that is none says where")
    func unreadablePattern() {
        let error = #expect(throws: QueryParameterError.self) { try SpanQuery(parameters: [("operation", "~GET (")]) }
        #expect(
            error?.description
                == "operation: '~GET (' is not '~' and a regular expression: in 'GET (', at character 5, '(' is never "
                + "closed; write '\\(' for the character")
        #expect(throws: QueryParameterError.self) { try LogQuery(parameters: [("attribute", "event:a")]) }
    }

    @Test("a time range whose end lies before its start is empty")
    func reversed() throws {
        let query = try SpanQuery(parameters: [("from", "10"), ("to", "5")])
        #expect(query.time.isEmpty)
    }
}
