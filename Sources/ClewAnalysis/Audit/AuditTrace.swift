public import ClewModel

/// A trace as the rules see it: its tree and times, and of each span what a rule may read.
public struct AuditTrace: Sendable {
    public let trace: Trace
    /// In the order of ``Trace/spans``.
    public let spans: [AuditSpan]

    /// - Parameter spans: Spans of one trace, in any order.
    public init(spans: [AuditSpan]) {
        let trace = Trace(spans: spans.map(\.summary))
        self.trace = trace
        self.spans = (0..<trace.count).map { spans[trace.source(of: $0)] }
    }

    public var id: TraceID? { spans.first?.traceID }

    public var indices: Range<Int> { spans.indices }

    func service(_ index: Int) -> String { spans[index].summary.service }
    func kind(_ index: Int) -> SpanKind { spans[index].summary.kind }
    func isError(_ index: Int) -> Bool { spans[index].summary.isError }

    /// Nanoseconds from a span's start to its end, on the root's clock.
    func duration(_ index: Int) -> UInt64 { trace.end(of: index) - trace.start(of: index) }

    /// Whether a span asks a database.
    func isDatabaseCall(_ index: Int) -> Bool { spans[index].summary.target?.kind == .database }

    /// Whether a span calls another service and waits for its answer: a client span that asks no database and no broker.
    ///
    /// Senders without span kinds are understood where the child belongs to another service.
    func isServiceCall(_ index: Int) -> Bool {
        switch kind(index) {
        case .client: spans[index].summary.target?.kind != .database && spans[index].summary.target?.kind != .messaging
        case .unspecified, .internal: trace.children(of: index).contains { service($0) != service(index) }
        default: false
        }
    }

    /// The span by which a call enters the called service: its first child of another service.
    func callee(of index: Int) -> Int? {
        trace.children(of: index).first { service($0) != service(index) }
    }

    /// Where an operation belongs: `SERVICE NAME`, for example `orders POST /orders`.
    func label(_ index: Int) -> String { "\(service(index)) \(spans[index].summary.name)" }

    func evidence(_ indices: [Int], _ note: String = "") -> Finding.Evidence? {
        id.map { Finding.Evidence(trace: $0, spans: indices.map { spans[$0].summary.spanID }, note: note) }
    }
}
