import ClewAnalysis
import ClewModel

/// Requests of a shop without anti-patterns, with the noise of a busy machine: most steps take a few milliseconds, some
/// ten times as long.
struct CleanShop {
    private var generator: SplitMix64
    private var number: UInt64 = 0

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func trace() -> AuditTrace {
        number += 1
        var builder = AuditTraceBuilder(number, at: Double(number) * 50)
        var noise = Noise(generator: generator)
        builder.network = noise.time() / 4
        for service in ["catalog", "orders", "payments"] {
            builder.instances[service] = "\(service)-\(noise.chance(0.5) ? 1 : 2)"
        }
        if noise.chance(0.1) {
            builder.versions["payments"] = "2.0.0"
            builder.instances["payments"] = "payments-3"
        }
        switch number % 4 {
        case 0: Self.checkout(&builder, &noise)
        case 1: Self.details(&builder, &noise)
        case 2: Self.home(&builder, &noise)
        default: Self.message(&builder, &noise)
        }
        generator = noise.generator
        return builder.trace
    }

    private struct Noise {
        var generator: SplitMix64

        mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

        /// Milliseconds.
        mutating func time() -> Double {
            Double.random(in: 0.5...4, using: &generator) * (chance(0.03) ? 10 : 1)
        }
    }

    /// A saga: each step needs the one before. Some are refused, and a few answers get lost.
    private static func checkout(_ builder: inout AuditTraceBuilder, _ noise: inout Noise) {
        let (status, times) = (noise.chance(0.1) ? 402 : 201, (0..<8).map { _ in noise.time() })
        let isLost = noise.chance(0.03)
        builder.server("gateway", "POST /checkout") {
            $0.wait(times[0])
            $0.call("orders", "POST /orders") {
                $0.call("catalog", "GET /products") { $0.query("SELECT", "products", in: "catalog.sqlite", times[1]) }
                $0.query("INSERT", "events", in: "orders.sqlite", times[2])
                if isLost {
                    $0.call("payments", "POST /charges") { $0.answer(503) }
                    $0.wait(times[3] * 10)
                }
                $0.call("payments", "POST /charges", resend: isLost ? 1 : 0) {
                    $0.query("INSERT", "charges", in: "payments.sqlite", times[4])
                    $0.answer(status)
                }
                guard status == 201 else { return $0.answer(status) }
                $0.call("inventory", "POST /reservations") {
                    for _ in 1...12 { $0.query("UPDATE", "stock", in: "inventory.sqlite", times[5] / 4) }
                }
                $0.call("shipping", "POST /shipments") {
                    $0.query("INSERT", "shipments", in: "shipping.sqlite", times[6])
                }
                $0.query("INSERT", "outbox", in: "orders.sqlite", times[7])
            }
        }
    }

    /// A composition in which the second read needs the first.
    private static func details(_ builder: inout AuditTraceBuilder, _ noise: inout Noise) {
        let (isMissing, first, second) = (noise.chance(0.1), noise.time(), noise.time())
        builder.server("gateway", "GET /orders/{id}/details") {
            $0.call("orders", "GET /orders/{id}") {
                $0.query("SELECT", "events", in: "orders.sqlite", first)
                if isMissing { $0.answer(404) }
            }
            guard !isMissing else { return $0.answer(404) }
            $0.call("catalog", "GET /products") { $0.query("SELECT", "products", in: "catalog.sqlite", second) }
        }
    }

    /// Three services asked at once, one of which asks a fourth.
    private static func home(_ builder: inout AuditTraceBuilder, _ noise: inout Noise) {
        let times = (0..<4).map { _ in noise.time() }
        builder.server("gateway", "GET /web/home") {
            $0.wait(times[0])
            $0.call("web-bff", "GET /web/home") {
                $0.parallel([
                    {
                        $0.call("catalog", "GET /products") {
                            $0.query("SELECT", "products", in: "catalog.sqlite", times[1])
                        }
                    },
                    {
                        $0.call("recommendations", "GET /recommendations") {
                            $0.call("catalog", "GET /products") { $0.wait(times[2]) }
                        }
                    },
                    { $0.call("order-history", "GET /customers/{id}/orders") { $0.wait(times[3]) } },
                ])
                $0[SemanticConventions.httpResponseBodySize] = 9000
            }
        }
    }

    /// A relay's publication, and a consumer of a batch, which does for each message what it must.
    private static func message(_ builder: inout AuditTraceBuilder, _ noise: inout Noise) {
        let time = noise.time()
        if noise.chance(0.5) {
            builder.publish("orders", message: "m", from: "orders", outboxLag: 0.1)
        } else {
            builder.consume("orders", message: "m", by: "notifications") {
                $0[SemanticConventions.messagingBatchMessageCount] = 20
                for _ in 1...20 { $0.query("SELECT", "inbox", in: "notifications.sqlite", time / 4) }
            }
        }
    }
}
