import ClewModel

/// Traces as a shop of ten services would send them: nested calls, about ten attributes a span, skewed cardinality.
struct SyntheticTraces {
    static let services = [
        "gateway", "orders", "payments", "inventory", "shipping", "catalog", "recommendations", "users", "search",
        "mail",
    ]
    static let routes = ["/checkout", "/orders/{id}", "/products", "/products/{id}", "/search", "/cart", "/account"]
    static let meanSpansPerTrace = 24

    private var generator: SplitMix64
    private let resources: [Resource]
    private let scope = InstrumentationScope(name: "clew.load", version: "1")

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
        resources = Self.services.enumerated().map { index, service in
            Resource(attributes: [
                Attribute("service.name", .string(service)), Attribute("service.version", "1.\(index).0"),
                Attribute("service.instance.id", .string("\(service)-7d9f\(index)")),
                Attribute("host.name", .string("node-\(index % 3)")),
                Attribute("deployment.environment.name", "production"),
            ])
        }
    }

    /// `count` spans in whole traces but for the last, ordered by service as the batches of real senders are.
    mutating func spans(_ count: Int, around time: UnixNanoseconds) -> [Span] {
        var result: [Span] = []
        while result.count < count { appendTrace(to: &result, limit: count, time: time) }
        return result.sorted { $0.resource.serviceName < $1.resource.serviceName }
    }

    private mutating func appendTrace(to spans: inout [Span], limit: Int, time: UnixNanoseconds) {
        let traceID = TraceID.random(using: &generator)
        let size = Int.random(in: 2...(2 * Self.meanSpansPerTrace - 2), using: &generator)
        let first = spans.count
        let start = time + UInt64.random(in: 0..<1_000_000_000, using: &generator)
        while spans.count < min(limit, first + size) {
            let parent = spans.count == first ? nil : spans[Int.random(in: first..<spans.count, using: &generator)]
            spans.append(span(traceID, parent: parent, start: start))
        }
    }

    private mutating func span(_ traceID: TraceID, parent: Span?, start: UnixNanoseconds) -> Span {
        let isRemote = parent == nil || Int.random(in: 0..<2, using: &generator) == 0
        let service = parent == nil ? 0 : Int.random(in: 0..<resources.count, using: &generator)
        let route = Self.routes[Int.random(in: 0..<Self.routes.count, using: &generator)]
        let isError = Int.random(in: 0..<50, using: &generator) == 0
        let length = parent.map { $0.duration * 3 / 4 } ?? UInt64.random(in: 5_000_000...400_000_000, using: &generator)
        let begin = parent.map { $0.start + $0.duration / 8 } ?? start
        let jitter = UInt64.random(in: 0...max(1, length / 16), using: &generator)
        return Span(
            traceID: traceID,
            spanID: .random(using: &generator),
            parentSpanID: parent?.spanID,
            flags: isRemote ? 0x301 : 0x101,
            name: isRemote ? "GET \(route)" : "SELECT products",
            kind: isRemote ? .server : .client,
            start: begin + jitter,
            end: begin + length,
            attributes: isRemote ? request(route, isError: isError) : query(),
            status: isError ? SpanStatus(.error, message: "upstream failed") : SpanStatus(),
            resource: resources[service],
            scope: scope
        )
    }

    private mutating func request(_ route: String, isError: Bool) -> Attributes {
        [
            Attribute("http.request.method", "GET"), Attribute("http.route", .string(route)),
            Attribute("url.path", .string("\(route)/\(Int.random(in: 0..<5000, using: &generator))")),
            Attribute("url.scheme", "http"), Attribute("http.response.status_code", .int(isError ? 502 : 200)),
            Attribute("server.address", "10.0.0.\(Int.random(in: 1...9, using: &generator))"),
            Attribute("server.port", 8080),
            Attribute("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"),
            Attribute("user.id", "u\(Int.random(in: 0..<100_000, using: &generator))"),
            Attribute("http.response.body.size", .int(Int64.random(in: 100..<20_000, using: &generator))),
        ]
    }

    private mutating func query() -> Attributes {
        [
            Attribute("db.system.name", "postgresql"), Attribute("db.namespace", "shop"),
            Attribute("db.operation.name", "SELECT"), Attribute("db.collection.name", "products"),
            Attribute("db.query.text", "SELECT id, name, price FROM products WHERE category = $1 LIMIT 50"),
            Attribute("server.address", "db-\(Int.random(in: 0..<3, using: &generator)).internal"),
            Attribute("server.port", 5432),
            Attribute("db.response.returned_rows", .int(Int64.random(in: 0..<50, using: &generator))),
        ]
    }
}
