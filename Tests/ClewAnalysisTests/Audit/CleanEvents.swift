import ClewAnalysis
import ClewModel

/// A shop that does everything right about data, messages, sagas and context, at twenty requests a second.
///
/// Answers get lost after the work was done, messages come twice, orders are refused and compensated, one in ten begins
/// a saga that takes seconds, and some messages are handled in batches.
struct CleanEvents {
    private var generator: SplitMix64

    static func traces(_ count: Int, seed: UInt64) -> [AuditTrace] {
        var shop = CleanEvents(generator: SplitMix64(seed: seed))
        return (1...count).flatMap { shop.request($0) }
    }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

    private mutating func request(_ number: Int) -> [AuditTrace] {
        let time = Double(number) * 50
        let placed = checkout(number, at: time)
        var traces = [placed] + deliver("m-\(number)", number, 1, after: placed, at: time + 200)
        if chance(0.1) { traces += giveBack(number, at: time + 400) }
        if chance(0.1) { traces.append(digest(number, of: placed, at: time + 300)) }
        return traces.map(\.trace)
    }

    private func make(_ number: Int, _ part: Int, at time: Double, isCorrelated: Bool = true) -> AuditTraceBuilder {
        var builder = AuditTraceBuilder(UInt64(number * 100 + part), at: time)
        builder.correlate(isCorrelated ? "r-\(number)" : builder.traceID.hex)
        return builder
    }

    // MARK: - An orchestrated saga

    private mutating func checkout(_ number: Int, at time: Double) -> AuditTraceBuilder {
        let (isRefused, isLost) = (chance(0.2), chance(0.1))
        let id = "o-\(number)/checkout"
        var builder = make(number, 0, at: time)
        builder.server("gateway", "POST /checkout") {
            $0.call("orders", "POST /orders") {
                $0[SemanticConventions.orderID] = .string("o-\(number)")
                $0.query("INSERT", "events", in: "orders.sqlite")
                $0.saga("checkout", id, state: isRefused ? "compensated" : "completed") {
                    $0.step("charge", of: "checkout", id) { Self.charge(&$0, id, isLost: isLost) }
                    $0.step("reserve", of: "checkout", id, fails: isRefused) {
                        $0.call("inventory", "POST /reservations") { if isRefused { $0.answer(409) } }
                    }
                    guard isRefused else { return $0.step("ship", of: "checkout", id) }
                    $0.step("charge", of: "checkout", id, "compensate") {
                        $0.call("payments", "POST /refunds") {
                            $0.idempotent("\(id)/charge/compensate", "executed")
                            $0.query("INSERT", "refunds", in: "payments.sqlite")
                        }
                    }
                }
            }
        }
        return builder
    }

    private static func charge(_ builder: inout AuditTraceBuilder, _ id: String, isLost: Bool) {
        builder.call("payments", "POST /charges") {
            $0.idempotent("\(id)/charge", "executed")
            $0.query("INSERT", "charges", in: "payments.sqlite")
            if isLost { $0.answer(503) }
        }
        guard isLost else { return }
        builder.call("payments", "POST /charges", resend: 1) {
            $0.idempotent("\(id)/charge", "replayed")
            $0.query("SELECT", "charges", in: "payments.sqlite")
        }
    }

    // MARK: - Messages

    private mutating func deliver(
        _ message: String, _ number: Int, _ part: Int, after request: AuditTraceBuilder, at time: Double
    ) -> [AuditTraceBuilder] {
        var relay = make(number, part, at: time)
        relay.publish("orders", message: message, from: "orders", outboxLag: 0.1) { $0.link(to: request) }
        var traces = [relay]
        for (place, service) in ["notifications", "order-history"].enumerated() {
            var consumer = make(number, part + 1 + 2 * place, at: time + 50)
            consumer.consume("orders", message: message, by: service) {
                $0.link(to: relay)
                $0[SemanticConventions.inboxOutcome] = "processed"
                $0.query("INSERT", "orders", in: "\(service).sqlite")
            }
            traces.append(consumer)
            guard chance(0.05) else { continue }
            var again = make(number, part + 2 + 2 * place, at: time + 2000)
            again.consume("orders", message: message, by: service, delivery: 2) {
                $0.link(to: relay)
                $0[SemanticConventions.inboxOutcome] = "duplicate"
            }
            traces.append(again)
        }
        return traces
    }

    /// A batch has no request's correlation id.
    private func digest(_ number: Int, of request: AuditTraceBuilder, at time: Double) -> AuditTraceBuilder {
        var builder = make(number, 40, at: time, isCorrelated: false)
        builder.span("process digest", .consumer, service: "notifications") {
            $0[SemanticConventions.messagingSystem] = "clew_shop"
            $0[SemanticConventions.messagingDestinationName] = "digest"
            $0[SemanticConventions.messagingBatchMessageCount] = 20
            $0.link(to: request)
            $0.query("INSERT", "digests", in: "notifications.sqlite")
        }
        return builder
    }

    // MARK: - A saga without a coordinator

    private mutating func giveBack(_ number: Int, at time: Double) -> [AuditTraceBuilder] {
        let id = "o-\(number)/return"
        var first = make(number, 50, at: time)
        first.server("gateway", "POST /orders/{id}/return") {
            $0.call("orders", "POST /orders/{id}/return") {
                $0.choreograph("return", id, state: "running")
                $0.query("INSERT", "events", in: "orders.sqlite")
            }
        }
        var (traces, cause) = ([first], first)
        let steps = [("shipping", "receive"), ("inventory", "restock"), ("payments", "refund"), ("orders", "close")]
        for (place, (service, step)) in steps.enumerated() {
            let (message, begin) = ("r-\(number)-\(place)", time + Double(place + 1) * 700)
            var relay = make(number, 51 + 3 * place, at: begin)
            relay.publish("returns", message: message, from: service, outboxLag: 0.2) { $0.link(to: cause) }
            traces.append(relay)
            for delivery in 1...(chance(0.2) ? 2 : 1) {
                var consumer = make(number, 51 + 3 * place + delivery, at: begin + Double(delivery) * 30)
                consumer.consume("returns", message: message, by: service, delivery: delivery) {
                    $0.link(to: relay)
                    $0[SemanticConventions.inboxOutcome] = delivery == 1 ? "processed" : "duplicate"
                    $0.choreograph("return", id, step: step, state: step == "close" ? "completed" : nil)
                }
                traces.append(consumer)
                if delivery == 1 { cause = consumer }
            }
        }
        return traces
    }
}
