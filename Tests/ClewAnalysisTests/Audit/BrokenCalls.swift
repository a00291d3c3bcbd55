import ClewAnalysis
import ClewModel

/// Traces of a shop in which one anti-pattern of calls is on.
enum BrokenCalls {
    static let rules = [
        "deep-sync-chain", "n-plus-one", "sequential-fanout", "retry-storm", "nested-retries", "inverted-timeout",
        "no-circuit-breaker", "distributed-monolith", "nano-service", "unbounded-fanout", "gateway-logic",
        "hot-instance", "breaking-contract",
    ]

    static func traces(of rule: String) -> [AuditTrace] {
        switch rule {
        case "deep-sync-chain": deepChain()
        case "n-plus-one": chattyCalls()
        case "sequential-fanout": sequentialFanout()
        case "retry-storm": retryStorm()
        case "nested-retries": nestedRetries()
        case "inverted-timeout": invertedTimeout()
        case "no-circuit-breaker": outage()
        case "distributed-monolith": cycle()
        case "nano-service": nanoService()
        case "unbounded-fanout": hugeFanout()
        case "gateway-logic": gatewayDatabase()
        case "hot-instance": hotInstance()
        case "breaking-contract": mixedRollout()
        default: []
        }
    }

    // MARK: - Shapes

    static func deepChain() -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, _ in
            builder.server("gateway", "POST /checkout") {
                $0.call("orders", "POST /orders") {
                    $0.call("inventory", "POST /reservations") {
                        $0.call("shipping", "POST /slots") {
                            $0.call("catalog", "GET /products") { $0.wait(10) }
                        }
                    }
                }
            }
        }
    }

    static func chattyCalls() -> [AuditTrace] {
        AuditTraceBuilder.traces(4) { builder, _ in
            builder.server("web-bff", "GET /web/home") {
                for _ in 1...24 { $0.call("catalog", "GET /products/{id}") { $0.wait(2) } }
            }
        }
    }

    static func sequentialFanout() -> [AuditTrace] {
        AuditTraceBuilder.traces(12) { builder, _ in
            builder.server("web-bff", "GET /web/home") {
                $0.call("catalog", "GET /products") { $0.wait(10) }
                $0.wait(1)
                $0.call("recommendations", "GET /recommendations") { $0.wait(20) }
                $0.call("order-history", "GET /customers/{id}/orders") { $0.wait(30) }
            }
        }
    }

    /// Two of three requests need four attempts, `gaps` milliseconds apart.
    static func retryStorm(gaps: [Double] = [0.2, 0.3, 0.1]) -> [AuditTrace] {
        AuditTraceBuilder.traces(30) { builder, number in
            builder.server("recommendations", "GET /recommendations") {
                if number % 3 > 0 {
                    for (attempt, gap) in gaps.enumerated() {
                        $0.call("catalog", "GET /products", resend: attempt) {
                            $0.wait(1)
                            $0.answer(503)
                        }
                        $0.wait(gap)
                    }
                }
                $0.call("catalog", "GET /products", resend: number % 3 > 0 ? gaps.count : 0) { $0.wait(1) }
            }
        }
    }

    /// - Parameter outer: Attempts of the gateway.
    static func nestedRetries(outer: Int = 2) -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, _ in
            builder.server("gateway", "GET /web/home") {
                for attempt in 0..<outer {
                    $0.call("web-bff", "GET /web/home", resend: attempt) {
                        for again in 0..<2 {
                            $0.call("recommendations", "GET /recommendations", resend: again) { $0.answer(503) }
                            $0.wait(30)
                        }
                        $0.answer(502)
                    }
                }
            }
        }
    }

    /// The caller gives up after 150 ms, in one of three requests before the callee is done.
    ///
    /// - Parameter clock: Nanoseconds by which the callee's clock is ahead.
    static func invertedTimeout(work: Double = 1000, clock: UInt64 = 0) -> [AuditTrace] {
        AuditTraceBuilder.traces(30) { builder, number in
            builder.server("web-bff", "GET /web/home") {
                guard number % 3 == 0 else {
                    $0.call("recommendations", "GET /recommendations") { $0.wait(20) }
                    return
                }
                $0.client("recommendations", "GET /recommendations") {
                    let start = $0.now
                    $0.now += clock
                    $0.server("recommendations", "GET /recommendations") { $0.wait(work) }
                    $0.now = start
                    $0.wait(150)
                    $0.fail("timeout")
                }
            }
        }
    }

    /// Five calls a second for 12 s.
    static func outage(
        status: Int = 503, whileFailing: (inout AuditTraceBuilder, Int) -> Void = { _, _ in }
    ) -> [AuditTrace] {
        AuditTraceBuilder.traces(60, every: 200) { builder, number in
            builder.server("recommendations", "GET /recommendations") {
                $0.call("catalog", "GET /products") { $0.answer(status) }
                whileFailing(&$0, number)
            }
        }
    }

    static func cycle() -> [AuditTrace] {
        AuditTraceBuilder.traces(6) { builder, _ in
            builder.server("gateway", "POST /checkout") {
                $0.call("orders", "POST /orders") {
                    $0.call("inventory", "POST /reservations") {
                        $0.call("orders", "GET /orders/{id}") { $0.wait(2) }
                    }
                }
            }
        }
    }

    /// - Parameters:
    ///   - work: Milliseconds of the callee's own.
    ///   - network: Milliseconds of the way there, and as many back, in turn.
    static func nanoService(
        work: Double = 0.3, network: [Double] = [5], _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) -> [AuditTrace] {
        AuditTraceBuilder.traces(25) { builder, number in
            builder.network = network[number % network.count]
            builder.server("orders", "POST /orders") {
                $0.call("tax", "POST /rates") {
                    $0.wait(work)
                    body(&$0)
                }
            }
        }
    }

    /// One in 20 requests asks for `large` products at once and has a long answer; the others ask for `usual`.
    static func hugeFanout(usual: Int = 3, large: Int = 60) -> [AuditTrace] {
        AuditTraceBuilder.traces(40) { builder, number in
            let isLarge = number % 20 == 0
            let call: (inout AuditTraceBuilder) -> Void = { $0.call("catalog", "GET /products/{id}") { $0.wait(3) } }
            builder.server("web-bff", "GET /web/home") {
                $0.parallel(Array(repeating: call, count: isLarge ? large : usual))
                $0[SemanticConventions.httpResponseBodySize] = isLarge ? 400_000 : 4000
            }
        }
    }

    static func gatewayDatabase() -> [AuditTrace] {
        AuditTraceBuilder.traces(12) { builder, _ in
            builder.server("gateway", "POST /checkout") {
                $0.query("SELECT", "prices", in: "gateway.sqlite", 2)
                $0.call("orders", "POST /orders") { $0.query("INSERT", "orders", in: "orders.sqlite", 2) }
            }
        }
    }

    /// Two instances in turn, the second slower by `delay` milliseconds.
    static func hotInstance(delay: Double = 80, status: Int = 200, count: Int = 60) -> [AuditTrace] {
        AuditTraceBuilder.traces(count) { builder, number in
            let isHot = number % 2 == 0
            builder.instances["catalog"] = isHot ? "catalog-2" : "catalog-1"
            builder.server("catalog", "GET /products") {
                $0.wait(5 + Double(number % 5) + (isHot ? delay : 0))
                if isHot, number % 4 == 0 { $0.answer(status) }
            }
        }
    }

    /// One in ten charges goes to version 2.0.0 of payments, which answers the orders of version 1.0.0 with `status`.
    ///
    /// - Parameter hasNewOrders: Whether some orders are of version 2.0.0, which it understands.
    static func mixedRollout(status: Int = 400, hasNewOrders: Bool = false) -> [AuditTrace] {
        AuditTraceBuilder.traces(60) { builder, number in
            let (isCanary, isNew) = (number % 10 == 0, hasNewOrders && number % 20 == 0)
            builder.versions = ["orders": isNew ? "2.0.0" : "1.0.0", "payments": isCanary ? "2.0.0" : "1.0.0"]
            builder.server("orders", "POST /orders") {
                $0.call("payments", "POST /charges") { $0.answer(isCanary && !isNew ? status : 201) }
            }
        }
    }
}
