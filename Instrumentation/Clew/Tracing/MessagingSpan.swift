import ClewModel
public import Tracing

/// Sends a message in a producer span, and hands the span's context to whoever receives it.
///
/// ```swift
/// try await withProducerSpan(to: "orders", system: "kafka", headers: headers, using: .pairs) { headers, _ in
///     try await producer.send(order, headers: headers)
/// }
/// ```
///
/// The span is named `OPERATION DESTINATION`; a thrown error sets `error.type` and the status, a cancellation does not.
/// The duration goes to `messaging.client.operation.duration`, the message to `messaging.client.sent.messages`.
///
/// Source: OpenTelemetry semantic conventions 1.37, "Messaging spans" and "Messaging client metrics".
///
/// - Parameters:
///   - operation: The operation's name in the messaging system, for example `publish`.
///   - destination: The topic or queue; a name of low cardinality, because it is part of metrics.
///   - system: The messaging system's name by the conventions, for example `kafka`.
///   - messageID: The message's id, where it is known before it is sent.
///   - headers: What the message carries already.
///   - injector: How the headers are written, for example `.pairs` or `.dictionary`.
///   - context: Where the span belongs; the current context unless another is given.
///   - links: Contexts of other spans, for example of the one that stored the message; one without a span is ignored.
///   - body: Sends the message with the headers that it is given.
/// - Throws: What `body` throws.
public func withProducerSpan<Headers, Inject: Injector, T>(
    _ operation: String = "send", to destination: String, system: String, messageID: String? = nil,
    headers: Headers, using injector: Inject, in context: ServiceContext? = nil, links: [ServiceContext] = [],
    isolation: isolated (any Actor)? = #isolation, _ body: (Headers, any Tracing.Span) async throws -> T
) async rethrows -> T where Inject.Carrier == Headers {
    let send = MessagingOperation(.send, name: operation, system: system, destination: destination)
    return try await send.run(
        in: context ?? ServiceContext.current ?? .topLevel, links: links, messageID: messageID, messages: { 1 }
    ) { span in
        var headers = headers
        span.context.inject(into: &headers, using: injector)
        return try await body(headers, span)
    }
}

/// Sends several messages in one producer span, and hands its context to whoever receives one of them.
///
/// As ``withProducerSpan(_:to:system:messageID:headers:using:in:links:isolation:_:)``, with
/// `messaging.batch.message_count`.
///
/// - Parameters:
///   - batch: What each message carries already.
///   - body: Sends the messages with the headers that it is given, in the order of `batch`.
/// - Throws: What `body` throws.
public func withProducerSpan<Headers, Inject: Injector, T>(
    _ operation: String = "send", to destination: String, system: String,
    batch: [Headers], using injector: Inject, isolation: isolated (any Actor)? = #isolation,
    _ body: ([Headers], any Tracing.Span) async throws -> T
) async rethrows -> T where Inject.Carrier == Headers {
    let send = MessagingOperation(.send, name: operation, system: system, destination: destination)
    return try await send.run(batch: batch.count, messages: { batch.count }) { span in
        var batch = batch
        for index in batch.indices { span.context.inject(into: &batch[index], using: injector) }
        return try await body(batch, span)
    }
}

/// How a consumer span is joined to the span that sent the message.
public enum ProducerRelation: Hashable, Sendable {
    /// By a link. The consumer span is a child of the current span, or begins a trace of its own: the only form that
    /// also fits batches, and the default of the conventions.
    case link
    /// As its parent, with links to it and to the current span.
    case parent
}

/// Processes a message in a consumer span, with the baggage and the correlation id that the message carries.
///
/// The span is named `OPERATION DESTINATION`; a thrown error sets `error.type` and the status, a cancellation does not.
/// The duration goes to `messaging.process.duration`, the message to `messaging.client.consumed.messages`.
///
/// Source: OpenTelemetry semantic conventions 1.37, "Messaging spans" and "Messaging client metrics".
///
/// - Parameters:
///   - operation: The operation's name in the messaging system.
///   - destination: The topic or queue; a name of low cardinality, because it is part of metrics.
///   - system: The messaging system's name by the conventions, for example `kafka`.
///   - messageID: The message's id.
///   - headers: What the message carries.
///   - extractor: How the headers are read, for example `.pairs` or `.dictionary`.
///   - producer: How the span is joined to the one that sent the message.
///   - wasReceived: Whether the message came from
///     ``withReceiveSpan(_:from:system:using:headers:isolation:_:)``, which counted it.
///   - body: Processes the message.
/// - Throws: What `body` throws.
public func withConsumerSpan<Headers, Extract: Extractor, T>(
    _ operation: String = "process", from destination: String, system: String, messageID: String? = nil,
    headers: Headers, using extractor: Extract, producer: ProducerRelation = .link, wasReceived: Bool = false,
    isolation: isolated (any Actor)? = #isolation, _ body: (any Tracing.Span) async throws -> T
) async rethrows -> T where Extract.Carrier == Headers {
    let current = ServiceContext.current
    let message = ServiceContext.topLevel.extracting(headers, using: extractor)
    var context = current ?? .topLevel
    var links = [message]
    switch producer {
    case .parent:
        context = context.extracting(headers, using: extractor)
        if let current, message.spanContext != nil { links.append(current) }
    case .link:
        if !message.baggage.isEmpty { context.baggage = message.baggage }
        context.correlationID = message.correlationID ?? context.correlationID
    }
    let process = MessagingOperation(.process, name: operation, system: system, destination: destination)
    return try await process.run(
        in: context, links: links, messageID: messageID, messages: { wasReceived ? 0 : 1 }, body)
}

/// Processes several messages in one consumer span, with a link to the span that sent each of them.
///
/// As ``withConsumerSpan(_:from:system:messageID:headers:using:producer:wasReceived:isolation:_:)``, with
/// `messaging.batch.message_count`. Baggage and correlation ids stay with the messages: they may differ.
///
/// - Parameter batch: What each message carries.
/// - Throws: What `body` throws.
public func withConsumerSpan<Headers, Extract: Extractor, T>(
    _ operation: String = "process", from destination: String, system: String,
    batch: [Headers], using extractor: Extract, wasReceived: Bool = false,
    isolation: isolated (any Actor)? = #isolation, _ body: (any Tracing.Span) async throws -> T
) async rethrows -> T where Extract.Carrier == Headers {
    let process = MessagingOperation(.process, name: operation, system: system, destination: destination)
    return try await process.run(
        links: batch.map { .topLevel.extracting($0, using: extractor) }, batch: batch.count,
        messages: { wasReceived ? 0 : batch.count }, body)
}

/// Asks for messages in a client span, with a link to the span that sent each of those that came.
///
/// ```swift
/// let messages = try await withReceiveSpan(
///     from: "orders", system: "aws_sqs", using: .dictionary, headers: { $0.map(\.attributes) }
/// ) { _ in
///     try await queue.receive()
/// }
/// ```
///
/// The duration goes to `messaging.client.operation.duration`, the messages to `messaging.client.consumed.messages`.
///
/// Source: OpenTelemetry semantic conventions 1.37, "Messaging spans" and "Messaging client metrics".
///
/// - Parameters:
///   - headers: What each message carries, of what `body` returned.
///   - body: Asks for the messages.
/// - Throws: What `body` throws.
public func withReceiveSpan<Headers, Extract: Extractor, T>(
    _ operation: String = "receive", from destination: String, system: String,
    using extractor: Extract, headers: (T) -> [Headers], isolation: isolated (any Actor)? = #isolation,
    _ body: (any Tracing.Span) async throws -> T
) async rethrows -> T where Extract.Carrier == Headers {
    let receive = MessagingOperation(.receive, name: operation, system: system, destination: destination)
    var count = 0
    return try await receive.run(messages: { count }) { span in
        let result = try await body(span)
        let carried = headers(result)
        count = carried.count
        span.attributes[SemanticConventions.messagingBatchMessageCount] = count
        for headers in carried {
            span.addLink(SpanLink(context: .topLevel.extracting(headers, using: extractor), attributes: [:]))
        }
        return result
    }
}
