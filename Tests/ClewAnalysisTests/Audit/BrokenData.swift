import ClewAnalysis
import ClewModel

/// Traces of a shop in which one anti-pattern of data, messages, sagas or context is on.
enum BrokenData {
    static let rules = [
        "shared-database", "dual-write", "non-idempotent-consumer", "duplicate-execution", "missing-compensation",
        "stuck-saga", "broken-context", "missing-correlation-id",
    ]

    static func traces(of rule: String) -> [AuditTrace] {
        switch rule {
        case "shared-database": sharedDatabase()
        case "dual-write": dualWrite()
        case "non-idempotent-consumer": repeatedMessages()
        case "duplicate-execution": repeatedCharges()
        case "missing-compensation": refusedReservations()
        case "stuck-saga": crashes()
        case "broken-context": lostContext()
        case "missing-correlation-id": lostCorrelation()
        default: []
        }
    }

    // MARK: - Data

    /// Notifications writes the orders that orders writes twice as often.
    static func sharedDatabase(_ operation: String = "UPDATE") -> [AuditTrace] {
        AuditTraceBuilder.traces(5) { builder, _ in
            builder.server("orders", "POST /orders") {
                $0.query("INSERT", "events", in: "orders.sqlite")
                $0.query("UPDATE", "events", in: "orders.sqlite")
                $0.call("notifications", "POST /notices") { $0.query(operation, "events", in: "orders.sqlite") }
            }
        }
    }

    static func dualWrite() -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, number in
            builder.server("orders", "POST /orders") {
                $0.query("INSERT", "events", in: "orders.sqlite")
                $0.publish("orders", message: "m-\(number)") { if number == 6 { $0.fail("timeout") } }
            }
        }
    }

    // MARK: - Messages

    /// Messages 1 to 4 are handled twice, 0 and 5 once.
    static func repeatedMessages(_ outcome: String? = nil, writes: Bool = true) -> [AuditTrace] {
        AuditTraceBuilder.traces(10) { builder, number in
            builder.consume("orders", message: "m-\(number / 2)", by: "notifications", delivery: 1 + number % 2) {
                $0[SemanticConventions.inboxOutcome] = outcome.map(AttributeValue.string)
                if writes { $0.query("INSERT", "notices", in: "notifications.sqlite") }
            }
        }
    }

    /// Keys 1 and 2 come twice, as their first request is answered 503; 0 and 3 come once.
    static func repeatedCharges(_ outcome: String? = nil) -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, number in
            builder.server("payments", "POST /charges") {
                $0.idempotent("k-\(number / 2)", outcome)
                $0.query("INSERT", "charges", in: "payments.sqlite")
                if number % 2 == 0 { $0.answer(503) }
            }
        }
    }

    // MARK: - Sagas

    static func refusedReservations(state: String? = "compensated") -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, number in
            let id = "o-\(number)/checkout"
            builder.server("orders", "POST /orders") {
                $0.saga("checkout", id, state: state) {
                    $0.step("charge", of: "checkout", id)
                    $0.step("reserve", of: "checkout", id, fails: true)
                }
            }
        }
    }

    /// Sagas 1 to 3 are left after the first step, 15 to 21 seconds before the end; the others take 10 ms.
    static func crashes() -> [AuditTrace] {
        AuditTraceBuilder.traces(8, every: 3000) { builder, number in
            let id = "c-\(number)/checkout"
            builder.server("orders", "POST /orders") {
                $0.saga("checkout", id, state: number > 3 ? "completed" : "running") {
                    $0.step("charge", of: "checkout", id)
                    if number > 3 { $0.step("ship", of: "checkout", id) }
                }
            }
        }
    }

    // MARK: - Context

    /// What orders sends to shipping begins a trace of its own.
    static func lostContext() -> [AuditTrace] {
        (1...8).flatMap { number in
            let time = Double(number) * 1000
            var request = AuditTraceBuilder(UInt64(number), at: time)
            request.correlate("r-\(number)")
            request.server("gateway", "POST /checkout") { $0.call("orders", "POST /orders") { $0.wait(20) } }
            var lost = AuditTraceBuilder(UInt64(100 + number), at: time + 5)
            lost.correlate("r-\(number)")
            lost.span("POST", .client, service: "orders") { $0.server("shipping", "POST /shipments") { $0.wait(3) } }
            return [request.trace, lost.trace]
        }
    }

    /// What arrives at shipping has no correlation id, though what orders sends has.
    ///
    /// - Parameter isReplaced: Whether shipping puts the id of the trace in its place.
    static func lostCorrelation(isReplaced: Bool = false) -> [AuditTrace] {
        AuditTraceBuilder.traces(12) { builder, number in
            builder.correlate("r-\(number)")
            builder.server("gateway", "POST /checkout") {
                $0.call("orders", "POST /orders") {
                    $0.client("shipping", "POST /shipments") {
                        $0.common = []
                        if isReplaced { $0.correlate($0.traceID.hex) }
                        $0.server("shipping", "POST /shipments") {
                            $0.query("INSERT", "shipments", in: "shipping.sqlite")
                        }
                    }
                }
            }
        }
    }
}
