import ClewAnalysis
import ClewModel
import Testing

@Suite("Journey")
struct JourneyTests {
    private let subject = JourneySubject.correlation("c-1")
    private static let millisecond: UInt64 = 1_000_000

    /// `kind service what`, by time.
    private func told(_ journey: Journey) -> [String] {
        journey.steps.map { "\($0.kind.rawValue) \($0.service) \($0.operation)" }
    }

    /// A confirmed order whose event is sent 100 ms after it was written and processed 400 ms after that.
    private func plain() -> JourneyBuilder {
        var builder = JourneyBuilder()
        let orders = builder.checkout(0...100, state: "confirmed")
        let run = builder.run(10...90, in: orders, state: "completed")
        builder.step("charge", "execute", by: "payments", 10...30, in: run)
        builder.step("reserve", "execute", by: "inventory", 30...60, in: run)
        builder.step("ship", "execute", by: "shipping", 60...90, in: run)
        let sent = builder.relay("OrderConfirmed", to: "orders", 190...200, from: run, lag: 0.1, id: "m-1")
        builder.consume("notifications", "OrderConfirmed", from: "orders", 600...650, of: sent, id: "m-1")
        return builder
    }

    // MARK: - Steps

    @Test("a plain order is told in order of time, with work apart from waiting")
    func plainOrder() throws {
        let journey = Journey(plain().spans.reversed(), of: subject)
        #expect(
            told(journey) == [
                "request gateway POST /checkout", "call gateway POST /orders", "sagaStep orders execute charge",
                "sagaStep orders execute reserve", "sagaStep orders execute ship", "sent orders send orders",
                "processed notifications process orders",
            ])
        #expect(journey.steps.map(\.number) == Array(1...7))
        #expect(journey.steps[2].peer == "payments")
        let (sent, processed) = (journey.steps[5], journey.steps[6])
        #expect(sent.isRelayed)
        #expect(sent.waited == 100 * Self.millisecond)
        #expect(processed.waited == 400 * Self.millisecond)
        #expect(processed.work == 50 * Self.millisecond)
        #expect(processed.cause == sent.number)
        #expect(journey.outcome == .completed)
        #expect(journey.orders == [Journey.Order(id: "o-1", state: "confirmed")])
        #expect(journey.pending.isEmpty)
        #expect(journey.totals.elapsed == 650 * Self.millisecond)
        #expect(journey.totals.work == 160 * Self.millisecond)
        #expect(journey.totals.waiting == 490 * Self.millisecond)
        #expect(journey.totals.traces == 3)
        #expect(journey.totals.services == 6)
        #expect(journey.totals.errors == 0)
    }

    @Test("calls of one kind below one step are summed up, and overlapping ones are not counted twice")
    func repeatedCalls() throws {
        var builder = JourneyBuilder()
        let request = builder.add("gateway", "GET /home", .server, 0...100)
        for start in [0, 10, 50] as [UInt64] {
            builder.call("gateway", "catalog", "GET /products/{id}", start...(start + 20), in: request)
        }
        let call = try #require(Journey(builder.spans).steps.last)
        #expect(call.count == 3)
        #expect(call.work == 50 * Self.millisecond)
        #expect(call.peer == "catalog")
        #expect(call.spanIDs.count == 3)
    }

    @Test("a call that is sent again is a retry, and its replayed answer is said to be one")
    func retries() {
        var builder = JourneyBuilder()
        let request = builder.add("orders", "POST /orders", .server, 0...100)
        builder.call("orders", "payments", "POST /charges", 0...20, in: request, error: "503")
        builder.call(
            "orders", "payments", "POST /charges", 40...60, in: request,
            client: [Attribute(SemanticConventions.httpRequestResendCount, 1)],
            server: [Attribute(SemanticConventions.idempotencyOutcome, "replayed")])
        let journey = Journey(builder.spans)
        #expect(journey.steps.map(\.kind) == [.request, .call, .retry, .replayed])
        #expect(journey.steps[2].attempt == 2)
        #expect(journey.totals.errors == 1)
    }

    // MARK: - Sagas

    @Test("a refused payment leaves nothing to undo")
    func refused() throws {
        var builder = JourneyBuilder()
        let orders = builder.checkout(0...50, state: "refused", error: "402")
        let run = builder.run(10...40, in: orders, state: "compensated")
        builder.step("charge", "execute", by: "payments", 10...40, in: run, error: "card declined")
        let journey = Journey(builder.spans, of: subject)
        #expect(journey.outcome == .refused)
        let saga = try #require(journey.sagas.first)
        #expect(saga.failedStep == "charge")
        #expect(saga.failure == "card declined")
        #expect(saga.undone.isEmpty)
    }

    @Test("a compensation names the step that it undoes")
    func compensation() throws {
        var builder = JourneyBuilder()
        let orders = builder.checkout(0...90, state: "refused", error: "409")
        let run = builder.run(10...80, in: orders, state: "compensated")
        builder.step("charge", "execute", by: "payments", 10...20, in: run, error: "timeout")
        builder.step("charge", "execute", by: "payments", 20...30, in: run, attempt: 2)
        builder.step("reserve", "execute", by: "inventory", 30...40, in: run, error: "out of stock")
        builder.step("charge", "compensate", by: "payments", 50...80, in: run)
        let journey = Journey(builder.spans, of: subject)
        let undoing = try #require(journey.steps.first { $0.kind == .compensation })
        let undone = try #require(journey.steps.first { $0.number == undoing.undoes })
        #expect(undone.operation == "execute charge")
        #expect(undone.attempt == 2)
        #expect(journey.outcome == .compensated)
        #expect(journey.sagas.first?.failedStep == "reserve")
        #expect(journey.sagas.first?.undone == ["charge"])
    }

    @Test("a killed orchestrator's saga goes on in a resumption, which waited since the last step that was seen")
    func resumption() throws {
        var builder = JourneyBuilder()
        let orders = builder.checkout(0...100, state: "pending")
        let lost = builder.run(10...100, in: orders, state: nil)
        builder.step("charge", "execute", by: "payments", 10...30, in: lost)
        builder.remove("saga checkout")
        let killed = Journey(builder.spans, of: subject)
        #expect(killed.outcome == .pending)
        #expect(killed.pending.map(\.kind) == [.saga])
        #expect(killed.pending.first?.since == 30 * Self.millisecond)

        let resumed = builder.run(10_030...10_100, links: [orders], state: "completed")
        builder.step("reserve", "execute", by: "inventory", 10_040...10_060, in: resumed)
        builder.add(
            "orders", "process payments", .consumer, 10_200...10_201, links: [orders],
            [
                Attribute(SemanticConventions.orderID, "o-1"),
                Attribute(SemanticConventions.orderState, "confirmed"),
            ])
        let journey = Journey(builder.spans, of: subject)
        let step = try #require(journey.steps.first { $0.kind == .resumption })
        #expect(step.waited == 10_000 * Self.millisecond)
        #expect(journey.sagas.first?.runs == 2)
        #expect(journey.sagas.first?.state == .completed)
        #expect(journey.sagas.first?.duration == 10_090 * Self.millisecond)
        #expect(journey.outcome == .completed)
        #expect(journey.pending.isEmpty)
    }

    @Test("a saga without a coordinator is told by the messages that are its steps")
    func choreography() throws {
        func saga(_ step: String?, _ state: String?) -> Attributes {
            var attributes = [
                Attribute(SemanticConventions.sagaName, "return"),
                Attribute(SemanticConventions.sagaID, "o-1/return"),
            ]
            if let step { attributes.append(Attribute(SemanticConventions.sagaStep, .string(step))) }
            if let state { attributes.append(Attribute(SemanticConventions.sagaState, .string(state))) }
            return attributes
        }
        var builder = JourneyBuilder()
        let request = builder.add("orders", "POST /orders/{id}/return", .server, 0...10, saga(nil, "running"))
        let asked = builder.relay("ReturnRequested", to: "orders", 20...21, from: request, lag: 0.01, id: "m-1")
        let received = builder.consume(
            "shipping", "ReturnRequested", from: "orders", 30...40, of: asked, id: "m-1", saga("receive", nil))
        let sent = builder.relay("ReturnReceived", to: "shipping", 50...51, from: received, lag: 0.01, id: "m-2")
        builder.consume(
            "inventory", "ReturnReceived", from: "shipping", 60...70, of: sent, id: "m-2",
            saga("restock", "completed"))
        let journey = Journey(builder.spans, of: subject)
        #expect(
            journey.sagas == [
                Journey.Saga(
                    name: "return", id: "o-1/return", state: .completed, start: 0, end: 70 * Self.millisecond,
                    lastStep: "restock")
            ])
        #expect(journey.steps.compactMap(\.sagaStep) == ["receive", "restock"])
    }

    // MARK: - Messages

    @Test("a duplicate is told as dropped, and waited only since the delivery before")
    func duplicate() throws {
        var builder = plain()
        let sent = builder.place(try #require(builder.spans.firstIndex { $0.kind == .producer }))
        builder.consume(
            "notifications", "OrderConfirmed", from: "orders", 900...901, of: sent, id: "m-1", delivery: 2,
            outcome: "duplicate")
        let step = try #require(Journey(builder.spans, of: subject).steps.last)
        #expect(step.kind == .duplicate)
        #expect(step.attempt == 2)
        #expect(step.waited == 250 * Self.millisecond)
    }

    @Test("a message that nobody received is pending, unless its destination has no consumers at all")
    func unreceived() {
        var builder = plain()
        builder.remove("process orders")
        #expect(Journey(builder.spans, of: subject).pending.isEmpty)
        let journey = Journey(builder.spans, of: subject, consumed: ["orders"])
        #expect(journey.pending.map(\.kind) == [.message])
        #expect(journey.pending.first?.detail == "OrderConfirmed")
        #expect(journey.pending.first?.since == 200 * Self.millisecond)
    }

    @Test("a failed delivery is pending until a later one succeeds")
    func failedDelivery() throws {
        var builder = JourneyBuilder()
        let request = builder.add("orders", "POST /orders", .server, 0...10)
        let sent = builder.relay("OrderPlaced", to: "orders", 20...30, from: request, lag: 0.01, id: "m-1")
        builder.consume(
            "notifications", "OrderPlaced", from: "orders", 40...50, of: sent, id: "m-1", error: "no template")
        let failed = Journey(builder.spans, of: subject)
        #expect(failed.steps.last?.kind == .failedDelivery)
        #expect(failed.pending.map(\.kind) == [.delivery])
        builder.consume("notifications", "OrderPlaced", from: "orders", 90...95, of: sent, id: "m-1", delivery: 2)
        #expect(Journey(builder.spans, of: subject).pending.isEmpty)
    }

    @Test("of a batch only this order's share is told, and nothing is followed from there")
    func batch() throws {
        var builder = JourneyBuilder()
        var places: [JourneyBuilder.Place] = []
        for number in 1...4 {
            builder.order = "o-\(number)"
            builder.correlation = "c-\(number)"
            let request = builder.checkout(0...100, state: "confirmed")
            places.append(
                builder.relay("OrderPlaced", to: "orders", 110...120, from: request, lag: 0.01, id: "m-\(number)"))
        }
        builder.correlation = nil
        let digest = builder.add(
            "notifications", "process orders", .consumer, 200...280, links: places,
            [
                Attribute(SemanticConventions.messagingDestinationName, "orders"),
                Attribute(SemanticConventions.messagingBatchMessageCount, 4),
            ])
        builder.call("notifications", "mailer", "POST /mails", 210...270, in: digest)
        let journey = Journey(builder.spans, of: .correlation("c-2"))
        #expect(journey.orders.map(\.id) == ["o-2"])
        #expect(told(journey).last == "processed notifications process orders")
        let step = try #require(journey.steps.last)
        #expect(step.batchSize == 4)
        #expect(step.work == 20 * Self.millisecond)
        #expect(step.waited == 80 * Self.millisecond)
        #expect(journey.totals.traces == 3)
    }

    @Test("a read model that lags does not take an order back to an earlier state")
    func laggingState() {
        var builder = plain()
        let sent = builder.relay("OrderPlaced", to: "orders", 700...701, from: builder.place(1), lag: 0.6, id: "m-0")
        builder.consume(
            "order-history", "OrderPlaced", from: "orders", 800...810, of: sent, id: "m-0",
            [
                Attribute(SemanticConventions.orderID, "o-1"),
                Attribute(SemanticConventions.orderState, "pending"),
            ])
        let journey = Journey(builder.spans, of: subject)
        #expect(journey.orders == [Journey.Order(id: "o-1", state: "confirmed")])
        #expect(journey.outcome == .completed)
    }

    // MARK: - Joining

    @Test("links are followed in both directions without a correlation id, from any trace of the journey")
    func bothDirections() {
        let spans = plain().spans.map { span -> Span in
            var span = span
            span.attributes.removeAll { $0.key == SemanticConventions.correlationID }
            return span
        }
        let traces = Set(spans.map(\.traceID))
        #expect(traces.count == 3)
        let whole = Journey(spans)
        for id in traces { #expect(Journey(spans, of: .trace(id)) == whole) }
    }

    @Test("a cycle of links ends")
    func cycle() {
        var builder = JourneyBuilder()
        builder.correlation = nil
        let (first, second) = (TraceID(high: 0, low: 1), TraceID(high: 0, low: 2))
        builder.add(
            "a", "one", .server, 0...10, links: [JourneyBuilder.Place(trace: second, span: SpanID(2))])
        builder.add(
            "b", "two", .server, 20...30, links: [JourneyBuilder.Place(trace: first, span: SpanID(1))])
        #expect(Journey(builder.spans, of: .trace(second)).traces == [first, second])
    }

    @Test("two orders that share a correlation id are both told, but not to who asks for one of them")
    func sharedCorrelation() throws {
        var builder = JourneyBuilder()
        for order in ["o-1", "o-2"] {
            builder.order = order
            let request = builder.checkout(0...100, state: order == "o-1" ? "confirmed" : "refused")
            let sent = builder.relay("OrderPlaced", to: "orders", 110...120, from: request, lag: 0.01, id: "m-\(order)")
            builder.consume("notifications", "OrderPlaced", from: "orders", 130...140, of: sent, id: "m-\(order)")
        }
        #expect(Journey(builder.spans, of: subject).orders.map(\.id) == ["o-1", "o-2"])
        let asked = JourneySubject.attribute(AttributeCondition(SemanticConventions.orderID, .equal, "o-2"))
        let journey = Journey(builder.spans, of: asked)
        #expect(journey.orders == [Journey.Order(id: "o-2", state: "refused")])
        #expect(journey.traces.count == 3)
        #expect(JourneyJoin(builder.spans, of: asked).sharedCorrelationIDs == ["c-1"])
    }

    @Test("other requests are left out, and what is linked but not stored is no harm")
    func missing() throws {
        var builder = plain()
        builder.correlation = "c-2"
        builder.add("gateway", "GET /products", .server, 0...5)
        builder.remove("send orders")
        let journey = Journey(builder.spans, of: subject)
        #expect(!told(journey).contains("request gateway GET /products"))
        let processed = try #require(journey.steps.last)
        #expect(processed.kind == .processed)
        #expect(processed.waited == nil)
        #expect(processed.cause == nil)
    }

    // MARK: - Bounds

    @Test("more traces than a story may hold cut it")
    func tooManyTraces() {
        var builder = JourneyBuilder()
        for number in 0...UInt64(JourneyJoin.maximumTraces) {
            builder.add("a", "work", .server, number...(number + 1))
        }
        let journey = Journey(builder.spans, of: subject)
        #expect(journey.isCut)
        #expect(journey.traces.count == JourneyJoin.maximumTraces)
    }

    @Test("a chain of links longer than the rounds is cut")
    func tooManyRounds() {
        var builder = JourneyBuilder()
        builder.correlation = nil
        var last = builder.add("a", "work", .server, 0...1)
        for number in UInt64(1)...50 { last = builder.add("a", "work", .server, number...(number + 1), links: [last]) }
        let journey = Journey(builder.spans, of: .trace(TraceID(high: 0, low: 1)))
        #expect(journey.isCut)
        #expect(journey.traces.count == JourneyJoin.maximumRounds)
    }

    @Test("past the bound on steps, calls and messages go before a saga's steps, and the rest is counted")
    func tooManySteps() {
        let journey = Journey(plain().spans, of: subject, maximumSteps: 5)
        #expect(
            journey.steps.map(\.kind) == [.request, .sagaStep, .sagaStep, .sagaStep, .processed])
        #expect(journey.omittedSteps == 2)
        #expect(journey.steps.last?.cause == nil)
        #expect(journey.steps.map(\.number) == Array(1...5))
    }

    @Test("no spans make an empty journey")
    func empty() {
        #expect(Journey([]) == Journey())
        #expect(Journey(plain().spans, of: .correlation("unknown")).steps.isEmpty)
    }
}
