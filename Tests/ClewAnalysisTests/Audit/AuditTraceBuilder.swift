import ClewAnalysis
import ClewModel

/// Makes the spans of one trace as services would send them: calls are nested as closures, and a clock of its own says
/// when each begins and ends.
///
/// ```swift
/// var builder = AuditTraceBuilder(1)
/// builder.server("orders", "POST /orders") {
///     $0.wait(2)
///     $0.call("payments", "POST /charges") {
///         $0.query("INSERT", "charges", in: "payments.sqlite", 3)
///         $0.answer(402)
///     }
///     $0.publish("orders", message: "m-1")
/// }
/// ```
///
/// Inside a closure, `$0["key"] = value`, `answer`, `fail`, `link` and `event` are about the span that is open.
struct AuditTraceBuilder {
    let traceID: TraceID
    private(set) var spans: [Span] = []
    /// Nanoseconds; moved on by `wait`.
    var now: UnixNanoseconds
    /// `service.version` by service; `1.0.0` where absent.
    var versions: [String: String] = [:]
    /// `service.instance.id` by service; `NAME-1` where absent.
    var instances: [String: String] = [:]
    /// Put on every span that begins from now on, for example a correlation id.
    var common: Attributes = []
    /// Milliseconds between a client span and its server span, each way.
    var network = 0.2
    private var stack: [Int] = []

    /// - Parameters:
    ///   - number: The trace's, which also makes the ids of its spans unlike those of others.
    ///   - time: Milliseconds from the tests' beginning of time, at which the trace begins.
    init(_ number: UInt64 = 1, at time: Double = 0) {
        traceID = TraceID(high: 0xA0D1, low: number)
        now = Self.epoch + UInt64(time * 1e6)
    }

    /// 2023-11-14T22:13:20Z.
    static let epoch: UnixNanoseconds = 1_700_000_000_000_000_000

    var trace: AuditTrace { AuditTrace(spans: spans.map { AuditSpan($0) }) }

    // MARK: - Time

    mutating func wait(_ milliseconds: Double) { now += UInt64(milliseconds * 1e6) }

    /// Runs the branches from the same moment on; the clock then stands at the end of the last of them.
    mutating func parallel(_ branches: [(inout AuditTraceBuilder) -> Void]) {
        let start = now
        var end = now
        for branch in branches {
            now = start
            branch(&self)
            end = max(end, now)
        }
        now = end
    }

    // MARK: - Spans

    /// A span from now until its body ends, below the span that is open, else without a parent.
    ///
    /// - Parameter service: That of the open span, where none is given.
    @discardableResult
    mutating func span(
        _ name: String, _ kind: SpanKind = .internal, service: String? = nil, attributes: Attributes = [],
        _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        let service = service ?? stack.last.map { spans[$0].resource.serviceName } ?? "unknown"
        let index = spans.count
        let id = SpanID(traceID.low << 20 | UInt64(index + 1))
        spans.append(
            Span(
                traceID: traceID, spanID: id, parentSpanID: stack.last.map { spans[$0].spanID }, name: name, kind: kind,
                start: now, end: now, attributes: common + attributes, resource: resource(of: service)))
        stack.append(index)
        body(&self)
        stack.removeLast()
        spans[index].end = now
        return id
    }

    /// Where a request enters a service; `name` is `METHOD ROUTE`.
    @discardableResult
    mutating func server(
        _ service: String, _ name: String, _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        let words = name.split(separator: " ", maxSplits: 1).map(String.init)
        var attributes: Attributes = [Attribute(SemanticConventions.httpRequestMethod, .string(words.first ?? name))]
        if words.count > 1 { attributes.append(Attribute(SemanticConventions.httpRoute, .string(words[1]))) }
        return span(name, .server, service: service, attributes: attributes) {
            $0.answer(200)
            body(&$0)
        }
    }

    /// A call and its answer: a client span of the open span's service, and in it the server span, where `body` runs.
    ///
    /// Both have the status that the server answered with; `resend` is the client's `http.request.resend_count`.
    /// - Returns: The client span's id.
    @discardableResult
    mutating func call(
        _ service: String, _ name: String, resend: Int = 0, _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        client(service, name, resend: resend) {
            $0.wait($0.network)
            let server = $0.spans.count
            $0.server(service, name, body)
            $0.wait($0.network)
            let status = $0.spans[server].attributes[SemanticConventions.httpResponseStatusCode]?.intValue ?? 200
            $0.answer(Int(status))
        }
    }

    /// A client span alone: what the called service sends is up to `body`.
    @discardableResult
    mutating func client(
        _ service: String, _ name: String, resend: Int = 0, _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        let words = name.split(separator: " ", maxSplits: 1).map(String.init)
        var attributes: Attributes = [
            Attribute(SemanticConventions.httpRequestMethod, .string(words.first ?? name)),
            Attribute(SemanticConventions.serverAddress, .string("\(service).local")),
        ]
        if words.count > 1 { attributes.append(Attribute(SemanticConventions.urlTemplate, .string(words[1]))) }
        if resend > 0 {
            attributes.append(Attribute(SemanticConventions.httpRequestResendCount, .int(Int64(resend))))
        }
        return span(name, .client, attributes: attributes, body)
    }

    /// A database call of so many milliseconds.
    @discardableResult
    mutating func query(
        _ operation: String, _ table: String, in database: String, _ milliseconds: Double = 0.1
    ) -> SpanID {
        let attributes: Attributes = [
            Attribute(SemanticConventions.dbSystemName, "sqlite"),
            Attribute(SemanticConventions.dbNamespace, .string(database)),
            Attribute(SemanticConventions.dbOperationName, .string(operation)),
            Attribute(SemanticConventions.dbCollectionName, .string(table)),
            Attribute(SemanticConventions.dbQueryText, .string("\(operation) \(table) ?")),
        ]
        return span("\(operation) \(table)", .client, attributes: attributes) { $0.wait(milliseconds) }
    }

    /// Publishes a message; a relay gives the outbox's lag in seconds.
    @discardableResult
    mutating func publish(
        _ topic: String, message: String, from service: String? = nil, outboxLag: Double? = nil,
        _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        var attributes = Self.messaging(topic, message, "send")
        if let outboxLag { attributes.append(Attribute(SemanticConventions.outboxLag, .double(outboxLag))) }
        return span("send \(topic)", .producer, service: service, attributes: attributes) {
            body(&$0)
            $0.wait(0.5)
        }
    }

    /// Handles a message: where no span is open, as the root that a consumer's trace begins with.
    @discardableResult
    mutating func consume(
        _ topic: String, message: String, by service: String, delivery: Int = 1,
        _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> SpanID {
        let attributes =
            Self.messaging(topic, message, "process")
            + [Attribute(SemanticConventions.messageDelivery, .int(Int64(delivery)))]
        return span("process \(topic)", .consumer, service: service, attributes: attributes, body)
    }

    // MARK: - The open span

    subscript(key: String) -> AttributeValue? {
        get { stack.last.flatMap { spans[$0].attributes[key] } }
        set {
            guard let index = stack.last else { return }
            spans[index].attributes[key] = newValue
        }
    }

    /// Sets the status of the answer, and what the conventions make of it: an error from 400 for a client, from 500 for
    /// a server.
    mutating func answer(_ status: Int) {
        guard let index = stack.last else { return }
        spans[index].attributes[SemanticConventions.httpResponseStatusCode] = .int(Int64(status))
        let isError = status >= (spans[index].kind == .client ? 400 : 500)
        spans[index].attributes[SemanticConventions.errorType] = isError ? .string("\(status)") : nil
        spans[index].status = SpanStatus(isError ? .error : .unset)
    }

    /// Ends in an error without an answer, for example `timeout` or `circuit_open`.
    mutating func fail(_ errorType: String) {
        guard let index = stack.last else { return }
        spans[index].attributes[SemanticConventions.httpResponseStatusCode] = nil
        spans[index].attributes[SemanticConventions.errorType] = .string(errorType)
        spans[index].status = SpanStatus(.error)
    }

    mutating func link(to span: SpanID, of trace: TraceID) {
        guard let index = stack.last else { return }
        spans[index].links.append(SpanLink(traceID: trace, spanID: span))
    }

    mutating func event(_ name: String, _ attributes: Attributes = []) {
        guard let index = stack.last else { return }
        spans[index].events.append(SpanEvent(time: now, name: name, attributes: attributes))
    }

    private static func messaging(_ topic: String, _ message: String, _ type: String) -> Attributes {
        [
            Attribute(SemanticConventions.messagingSystem, "clew_shop"),
            Attribute(SemanticConventions.messagingOperationType, .string(type)),
            Attribute(SemanticConventions.messagingDestinationName, .string(topic)),
            Attribute(SemanticConventions.messagingMessageID, .string(message)),
        ]
    }

    private func resource(of service: String) -> Resource {
        Resource(attributes: [
            Attribute(SemanticConventions.serviceName, .string(service)),
            Attribute(SemanticConventions.serviceVersion, .string(versions[service] ?? "1.0.0")),
            Attribute(SemanticConventions.serviceInstanceID, .string(instances[service] ?? "\(service)-1")),
        ])
    }
}
