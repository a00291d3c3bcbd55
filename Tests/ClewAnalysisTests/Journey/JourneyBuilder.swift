import ClewModel

/// Makes the spans of a shop's orders in the short form that the tests of journeys draw; times are milliseconds.
struct JourneyBuilder {
    private(set) var spans: [Span] = []
    private var nextID: UInt64 = 0
    var order = "o-1"
    var correlation: String? = "c-1"

    /// What a child or a link names.
    struct Place {
        var trace: TraceID
        var span: SpanID
    }

    /// Adds a span; one without a parent begins a trace of its own.
    @discardableResult
    mutating func add(
        _ service: String, _ name: String, _ kind: SpanKind, _ time: ClosedRange<UInt64>, in parent: Place? = nil,
        links: [Place] = [], error: String? = nil, _ attributes: Attributes = []
    ) -> Place {
        nextID += 1
        let place = Place(trace: parent?.trace ?? TraceID(high: 0, low: nextID), span: SpanID(nextID))
        let common = correlation.map { [Attribute(SemanticConventions.correlationID, .string($0))] } ?? []
        spans.append(
            Span(
                traceID: place.trace, spanID: place.span, parentSpanID: parent?.span, name: name, kind: kind,
                start: time.lowerBound * 1_000_000, end: time.upperBound * 1_000_000, attributes: common + attributes,
                links: links.map { SpanLink(traceID: $0.trace, spanID: $0.span) },
                status: error.map { SpanStatus(.error, message: $0) } ?? SpanStatus(),
                resource: Resource(attributes: [Attribute(SemanticConventions.serviceName, .string(service))])))
        return place
    }

    /// The place of a span by its position in ``spans``.
    func place(_ index: Int) -> Place { Place(trace: spans[index].traceID, span: spans[index].spanID) }

    mutating func remove(_ name: String) { spans.removeAll { $0.name == name } }

    // MARK: - Requests

    /// A client span and the server span that it reaches, of one time.
    @discardableResult
    mutating func call(
        _ service: String, _ callee: String, _ name: String, _ time: ClosedRange<UInt64>, in parent: Place,
        error: String? = nil, client: Attributes = [], server: Attributes = []
    ) -> Place {
        let call = add(service, "POST", .client, time, in: parent, error: error, client)
        return add(callee, name, .server, time, in: call, error: error, server)
    }

    /// `POST /checkout` at the gateway, and `POST /orders` below it.
    mutating func checkout(_ time: ClosedRange<UInt64>, state: String, error: String? = nil) -> Place {
        let request = add("gateway", "POST /checkout", .server, time, error: error)
        return call(
            "gateway", "orders", "POST /orders", time, in: request, error: error,
            server: [
                Attribute(SemanticConventions.orderID, .string(order)),
                Attribute(SemanticConventions.orderState, .string(state)),
            ])
    }

    // MARK: - Sagas

    mutating func run(
        _ time: ClosedRange<UInt64>, in parent: Place? = nil, links: [Place] = [], state: String?
    ) -> Place {
        let ending = state.map { [Attribute(SemanticConventions.sagaState, .string($0))] } ?? []
        return add("orders", "saga checkout", .internal, time, in: parent, links: links, saga + ending)
    }

    /// An attempt of a step, with a call of the service that does it.
    @discardableResult
    mutating func step(
        _ name: String, _ action: String, by callee: String, _ time: ClosedRange<UInt64>, in run: Place,
        attempt: Int64 = 1, error: String? = nil
    ) -> Place {
        let step = add(
            "orders", "\(action) \(name)", .internal, time, in: run, error: error,
            saga + [
                Attribute(SemanticConventions.sagaStep, .string(name)),
                Attribute(SemanticConventions.sagaAction, .string(action)),
                Attribute(SemanticConventions.sagaAttempt, .int(attempt)),
            ])
        call("orders", callee, "POST /\(name)", time, in: step, error: error)
        return step
    }

    private var saga: Attributes {
        [
            Attribute(SemanticConventions.sagaName, "checkout"),
            Attribute(SemanticConventions.sagaID, .string(order)),
        ]
    }

    // MARK: - Messages

    /// A relay's publication of a row that `origin` wrote, after so many seconds in the outbox.
    mutating func relay(
        _ type: String, to topic: String, _ time: ClosedRange<UInt64>, from origin: Place, lag: Double, id: String
    ) -> Place {
        add(
            "orders", "send \(topic)", .producer, time, links: [origin],
            message(type, topic, id) + [Attribute(SemanticConventions.outboxLag, .double(lag))])
    }

    @discardableResult
    mutating func consume(
        _ service: String, _ type: String, from topic: String, _ time: ClosedRange<UInt64>, of sent: Place,
        id: String, delivery: Int64 = 1, outcome: String = "processed", error: String? = nil,
        _ attributes: Attributes = []
    ) -> Place {
        add(
            service, "process \(topic)", .consumer, time, links: [sent], error: error,
            message(type, topic, id) + attributes + [
                Attribute(SemanticConventions.messageDelivery, .int(delivery)),
                Attribute(SemanticConventions.inboxOutcome, .string(outcome)),
            ])
    }

    private func message(_ type: String, _ topic: String, _ id: String) -> Attributes {
        [
            Attribute(SemanticConventions.messagingSystem, "clew_shop"),
            Attribute(SemanticConventions.messagingDestinationName, .string(topic)),
            Attribute(SemanticConventions.messagingMessageID, .string(id)),
            Attribute(SemanticConventions.messageType, .string(type)),
        ]
    }
}
