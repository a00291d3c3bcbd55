import ClewModel

/// The spans that every benchmark works on: traces of 32 spans over eight services, ten attributes a span.
enum Workload {
    static let spansPerTrace = 32
    /// Bytes of a page of a column, about what the store compresses at once.
    static let pageSize = 4096

    static func spans(traces: Int) -> [Span] {
        var generator = SplitMix64(seed: 42)
        return (0..<traces).flatMap { trace(&generator, number: $0) }
    }

    private static func trace(_ generator: inout SplitMix64, number: Int) -> [Span] {
        let traceID = TraceID.random(using: &generator)
        var spans: [Span] = []
        for index in 0..<spansPerTrace {
            let parent = index == 0 ? nil : spans[(index - 1) / 2]
            let start =
                parent.map { $0.start + $0.duration / 8 } ?? 1_767_225_600_000_000_000 + UInt64(number) * 1_000_000
            let length =
                parent.map { $0.duration * 3 / 4 } ?? UInt64.random(in: 5_000_000...400_000_000, using: &generator)
            spans.append(
                Span(
                    traceID: traceID, spanID: .random(using: &generator), parentSpanID: parent?.spanID, flags: 0x101,
                    name: "GET /products/{id}", kind: index % 2 == 0 ? .server : .client, start: start,
                    end: start + length, attributes: attributes(&generator), resource: resources[index % 8]))
        }
        return spans
    }

    private static let resources = (0..<8).map { index in
        Resource(attributes: [
            Attribute("service.name", .string("service-\(index)")), Attribute("service.version", "1.2.3"),
            Attribute("host.name", .string("node-\(index % 3)")),
        ])
    }

    private static func attributes(_ generator: inout SplitMix64) -> Attributes {
        [
            Attribute("http.request.method", "GET"), Attribute("http.route", "/products/{id}"),
            Attribute("url.path", .string("/products/\(UInt64.random(in: 0..<5000, using: &generator))")),
            Attribute("url.scheme", "http"), Attribute("http.response.status_code", 200),
            Attribute("server.address", "10.0.0.7"), Attribute("server.port", 8080),
            Attribute("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"),
            Attribute("user.id", .string("u\(UInt64.random(in: 0..<100_000, using: &generator))")),
            Attribute("http.response.body.size", .int(Int64.random(in: 100..<20_000, using: &generator))),
        ]
    }
}
