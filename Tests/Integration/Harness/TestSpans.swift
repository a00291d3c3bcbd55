import ClewModel
import Foundation

/// Spans with nothing special about them.
enum TestSpans {
    static func trace(_ id: TraceID = .random(), spans count: Int, service: String = "load") -> [Span] {
        let start = UInt64(Date().timeIntervalSince1970 * 1e9)
        let resource = Resource(attributes: [Attribute("service.name", .string(service))])
        var parent: SpanID?
        return (0..<count).map { index in
            let span = Span(
                traceID: id,
                spanID: .random(),
                parentSpanID: parent,
                name: "operation \(index % 7)",
                kind: index == 0 ? .server : .internal,
                start: start + UInt64(index) * 1000,
                end: start + 1_000_000 - UInt64(index) * 1000,
                attributes: [
                    Attribute("index", .int(Int64(index))), Attribute("user.id", .string("user-\(id.low % 1000)")),
                ],
                resource: resource
            )
            parent = span.spanID
            return span
        }
    }
}

extension TraceID {
    static func random() -> TraceID {
        var generator = SystemRandomNumberGenerator()
        return .random(using: &generator)
    }
}

extension SpanID {
    static func random() -> SpanID {
        var generator = SystemRandomNumberGenerator()
        return .random(using: &generator)
    }
}
