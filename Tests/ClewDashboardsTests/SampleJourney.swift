import ClewAnalysis
import ClewModel

/// An order that was undone because its stock ran out after the payment, and a report on sagas; the same in every run.
enum SampleJourney {
    private static let start = SampleShop.from
    private static let ms: UInt64 = 1_000_000
    private static let request = TraceID(high: 0xA1, low: 1)
    private static let relay = TraceID(high: 0xA1, low: 2)
    private static let delivery = TraceID(high: 0xA1, low: 3)
    private static let digest = TraceID(high: 0xA1, low: 4)

    static let journey = Journey(
        start: start,
        end: start + 2310 * ms,
        outcome: .compensated,
        orders: [Journey.Order(id: "o-17", state: "refused")],
        correlationIDs: ["7d1c2f"],
        sagas: [
            Journey.Saga(
                name: "checkout", id: "o-17", state: .compensated, start: start + 20 * ms, end: start + 330 * ms,
                lastStep: "charge", failedStep: "reserve", failure: "out of stock", undone: ["charge"])
        ],
        steps: steps,
        omittedSteps: 3,
        pending: [
            Journey.Pending(
                kind: .message, name: "payments", detail: "PaymentRefunded", service: "payments",
                since: start + 420 * ms, traceID: relay)
        ],
        totals: Journey.Totals(
            elapsed: 2310 * ms, work: 470 * ms, waiting: 1840 * ms, traces: 4, spans: 31, services: 5, errors: 2),
        traces: [request, relay, delivery, digest])

    private static let steps: [Journey.Step] = [
        step(1, .request, "gateway", "POST /checkout", at: 0, work: 340, error: "409", trace: request),
        step(2, .call, "gateway", "POST /orders", "orders", at: 2, work: 336, error: "409", trace: request),
        step(3, .call, "orders", "GET /products/{id}", "catalog", at: 5, work: 12, count: 24, trace: request),
        step(4, .sagaStep, "orders", "execute charge", "payments", at: 20, work: 80, saga: "charge", trace: request),
        step(
            5, .sagaStep, "orders", "execute reserve", "inventory", at: 100, work: 40, error: "out of stock",
            saga: "reserve", trace: request),
        step(
            6, .compensation, "orders", "compensate charge", "payments", at: 150, work: 180, saga: "charge", undoes: 4,
            trace: request),
        step(
            7, .sent, "orders", "send orders", "orders", at: 410, work: 10, waited: 80, message: "OrderCancelled",
            trace: relay),
        step(
            8, .processed, "notifications", "process orders", "orders", at: 2180, work: 60, waited: 1760,
            message: "OrderCancelled", trace: delivery),
        step(
            9, .duplicate, "order-history", "process orders", "orders", at: 2250, work: 1, waited: 12, attempt: 2,
            message: "OrderCancelled", trace: delivery),
        step(
            10, .processed, "notifications", "process digest", "orders", at: 2260, work: 2, waited: 1840, batch: 20,
            trace: digest),
    ]

    private static func step(
        _ number: Int, _ kind: Journey.Step.Kind, _ service: String, _ operation: String, _ peer: String? = nil,
        at offset: UInt64, work: UInt64, waited: UInt64? = nil, error: String? = nil, attempt: Int? = nil,
        count: Int = 1, batch: Int? = nil, message: String? = nil, saga: String? = nil, undoes: Int? = nil,
        trace: TraceID
    ) -> Journey.Step {
        Journey.Step(
            number: number, kind: kind, service: service, operation: operation, peer: peer,
            start: start + offset * ms, offset: offset * ms, work: work * ms, waited: waited.map { $0 * ms },
            isError: error != nil, error: error, attempt: attempt, count: count, batchSize: batch,
            messageType: message, isRelayed: kind == .sent, sagaStep: saga, undoes: undoes, traceID: trace)
    }

    static let sagas = SagaReport(
        from: SampleShop.from,
        to: SampleShop.to,
        rows: [
            SagaReport.Row(
                name: "checkout", completed: 402, compensated: 12, parked: 1, running: 3, stuck: 2,
                stuckAfter: 10_000 * ms,
                durations: Quantiles(p50: 94 * ms, p90: 180 * ms, p95: 310 * ms, p99: 2000 * ms)),
            SagaReport.Row(
                name: "return", completed: 9, stuckAfter: 10_000 * ms,
                durations: Quantiles(p50: 1200 * ms, p90: 1500 * ms, p95: 1600 * ms, p99: 1600 * ms)),
        ],
        unfinished: [
            unfinished("o-31", .running, isStuck: true, age: 640_000, step: "charge", trace: 5),
            unfinished("o-44", .running, isStuck: true, age: 95_000, step: "reserve", trace: 6),
            unfinished("o-12", .parked, isStuck: false, age: 700_000, step: "charge", trace: 7),
            unfinished("o-99", .running, isStuck: false, age: 40, step: nil, trace: 8),
        ])

    private static func unfinished(
        _ id: String, _ state: SagaReport.State, isStuck: Bool, age: UInt64, step: String?, trace: UInt64
    ) -> SagaReport.Unfinished {
        SagaReport.Unfinished(
            name: "checkout", id: id, state: state, isStuck: isStuck, start: SampleShop.to - age * ms, age: age * ms,
            silence: age * ms / 2, lastStep: step, traceID: TraceID(high: 0xA1, low: trace))
    }
}
