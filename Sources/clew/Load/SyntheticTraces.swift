import ClewModel

/// Traces as a shop would send them: nested calls, about ten attributes a span, skewed cardinality.
struct SyntheticTraces {
    static let routes = ["/checkout", "/orders/{id}", "/products", "/products/{id}", "/search", "/cart", "/account"]
    /// How long after the time that ``spans(_:around:)`` is given the last span may end: a root begins within a second and
    /// takes at most 400 ms, and no span ends after its root.
    static let reach: UInt64 = 1_400_000_000

    private static let services = [
        "gateway", "orders", "payments", "inventory", "shipping", "catalog", "recommendations", "users", "search",
        "mail",
    ]
    private static let paddingCharacters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private let workload: Workload
    private var generator: SplitMix64
    private let resources: [Resource]
    private let scope = InstrumentationScope(name: "clew.load", version: "1")

    init(_ workload: Workload) {
        self.workload = workload
        generator = SplitMix64(seed: workload.seed)
        resources = (0..<workload.services).map { index in
            let service = index < Self.services.count ? Self.services[index] : "service-\(index + 1)"
            return Resource(attributes: [
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
        let size = Int.random(in: 2...max(2, 2 * workload.spansPerTrace - 2), using: &generator)
        let first = spans.count
        let start = time + UInt64.random(in: 0..<1_000_000_000, using: &generator)
        var tree = TraceTree(workload)
        while spans.count < min(limit, first + size) {
            guard spans.count > first else {
                tree.addRoot(first)
                spans.append(span(traceID, parent: nil, start: start))
                continue
            }
            guard let parent = tree.addChild(spans.count, using: &generator) else { return }
            spans.append(span(traceID, parent: spans[parent], start: start))
        }
    }

    private mutating func span(_ traceID: TraceID, parent: Span?, start: UnixNanoseconds) -> Span {
        let isRemote = parent == nil || Int.random(in: 0..<2, using: &generator) == 0
        let service = parent == nil ? 0 : Int.random(in: 0..<resources.count, using: &generator)
        let route = Self.routes[Int.random(in: 0..<Self.routes.count, using: &generator)]
        let isError = Double.random(in: 0..<1, using: &generator) < workload.errorShare
        let length = parent.map { $0.duration * 3 / 4 } ?? UInt64.random(in: 5_000_000...400_000_000, using: &generator)
        let begin = parent.map { $0.start + $0.duration / 8 } ?? start
        let jitter = UInt64.random(in: 0...(length / 16), using: &generator)
        return Span(
            traceID: traceID,
            spanID: .random(using: &generator),
            parentSpanID: parent?.spanID,
            flags: isRemote ? 0x301 : 0x101,
            name: isRemote ? "GET \(route)" : "SELECT products",
            kind: isRemote ? .server : .client,
            start: begin + jitter,
            end: begin + length,
            attributes: fitted(isRemote ? request(route, isError: isError) : query()),
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
            Attribute("user.id", .string(user())),
            Attribute("http.response.body.size", .int(Int64.random(in: 100..<20_000, using: &generator))),
        ]
    }

    private mutating func user() -> String {
        let number = Int.random(in: 0..<100_000, using: &generator)
        return workload.cardinality.map { UserNumbers(cardinality: $0).placeholder } ?? "u\(number)"
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

    /// As many attributes as the workload asks for, and its padding.
    private mutating func fitted(_ attributes: Attributes) -> Attributes {
        var result = attributes
        if let count = workload.attributes {
            result = Array(attributes.prefix(count))
            for index in result.count..<max(result.count, count) {
                let value = "value-\(Int.random(in: 0..<100, using: &generator))"
                result.append(Attribute("app.attribute.\(index + 1)", .string(value)))
            }
        }
        if workload.payload > 0 { result.append(Attribute("app.payload", .string(padding()))) }
        return result
    }

    private mutating func padding() -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(workload.payload)
        for _ in 0..<workload.payload {
            bytes.append(Self.paddingCharacters[Int.random(in: 0..<Self.paddingCharacters.count, using: &generator)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Which spans of a trace may still have children, within the workload's depth and fan-out.
private struct TraceTree {
    private struct Node {
        var span: Int
        var depth: Int
        var children = 0
    }

    private let depth: Int
    private let fanOut: Int
    private var open: [Node] = []

    init(_ workload: Workload) {
        depth = workload.depth ?? .max
        fanOut = workload.fanOut ?? .max
    }

    mutating func addRoot(_ span: Int) {
        if depth > 1 { open.append(Node(span: span, depth: 1)) }
    }

    /// Puts a span under one chosen at random.
    ///
    /// - Returns: The parent; `nil` where the tree is full.
    mutating func addChild(_ span: Int, using generator: inout SplitMix64) -> Int? {
        guard !open.isEmpty else { return nil }
        let index = Int.random(in: 0..<open.count, using: &generator)
        let parent = open[index]
        open[index].children += 1
        if open[index].children == fanOut { open.remove(at: index) }
        if parent.depth + 1 < depth { open.append(Node(span: span, depth: parent.depth + 1)) }
        return parent.span
    }
}
