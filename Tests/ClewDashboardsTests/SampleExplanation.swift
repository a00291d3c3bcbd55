import ClewModel
import Foundation

@testable import ClewAnalysis

/// Explanations of made-up windows, one of each sort.
enum SampleExplanation {
    static let names = ["network", "database", "errors", "missing", "nothing"]

    static func named(_ name: String) -> Explanation {
        switch name {
        case "network": network
        case "database": database
        case "errors": errors
        case "missing": missing
        default: nothing
        }
    }

    // MARK: - The samples

    /// The way to a service takes longer, its only caller notices, and another service is nearly as suspect.
    static let network: Explanation = {
        let way = evidence(.network, "orders", "POST", "payments", "", 4.2e6, 61.3e6)
        let own = evidence(.ownTime, "payments", "POST /charges", "", "", 7.8e6, 9.1e6)
        let stock = evidence(.network, "orders", "POST", "inventory", "", 3.9e6, 16.2e6)
        return explanation(
            [
                suspect("payments", 1.9, .high, [way, own], change: 58.4e6, share: 0.81),
                suspect("inventory", 1.4, .high, [stock], change: 12.3e6, share: 0.17),
                suspect("gateway", 0.2, .low, [evidence(.ownTime, "gateway", "POST /checkout", "", "", 1e6, 1.1e6)]),
                suspect("tax", 0.1, .low, []),
            ],
            [
                route(
                    "POST /checkout", 83e6, 155.1e6,
                    [
                        (Hop(kind: .network, service: "orders", target: "payments", operation: "POST"), 5.1e6, 62.2e6),
                        (Hop(kind: .network, service: "orders", target: "inventory", operation: "POST"), 4.3e6, 16.6e6),
                        (Hop(kind: .work, service: "payments", operation: "POST /charges"), 7.9e6, 9.2e6),
                        (Hop(kind: .work, service: "orders", operation: "POST /orders"), 21e6, 20.4e6),
                    ]), route("GET /products", 9e6, 9.01e6, []),
            ])
    }()

    /// A database is slow for one version of the only service that asks it; a part of the traces did not fit.
    static let database: Explanation = {
        let stock = evidence(.database, "inventory", "SELECT stock", "stock", "", 6e6, 48e6)
        let calls = evidence(.moreCalls, "inventory", "POST /reservations", "SELECT stock", "", 1, 3.2)
        var sample = explanation(
            [
                suspect(
                    "inventory", 2.1, .high, [stock, calls], change: 42e6, share: 0.93,
                    only: ["service.version = 2.1.0"])
            ],
            [
                route(
                    "POST /checkout", 58e6, 103.2e6,
                    [
                        (
                            Hop(kind: .database, service: "inventory", target: "stock", operation: "SELECT stock"),
                            6.2e6, 48.2e6
                        ),
                        (Hop(kind: .external, service: "payments", target: "bank", operation: "POST"), 27e6, 29.9e6),
                    ])
            ])
        (sample.keptShare, sample.dropped) = (0.5, 17)
        (sample.now.records, sample.before.records) = (0, 0)
        (sample.now.lost, sample.oversizedTraces) = (0.3, 1)
        return sample
    }()

    /// A service fails and says so in a long line; nothing takes longer.
    static let errors: Explanation = {
        let pattern =
            "charge <*> refused : could not connect to server : Connection refused ( is the server running on host "
            + "<*> and accepting connections on port <*> ? )"
        return explanation(
            [
                suspect(
                    "payments", 1.2, .medium,
                    [
                        evidence(.errors, "payments", "POST /charges", "", "", 0.001, 0.23),
                        evidence(.newLogPattern, "payments", "POST /charges", "", pattern, 0, 0.21),
                        evidence(.lostLogPattern, "payments", "POST /charges", "", "charged <*>", 0.98, 0.75),
                    ], change: -1.2e6)
            ], [route("POST /checkout", 58e6, 56.8e6, [])])
    }()

    /// Work that used to follow is missing, as the comparison of slow with typical requests of a file shows it.
    static let missing: Explanation = {
        let ends = evidence(.missingCalls, "orders", "POST /orders", "GET /cards", "", 0.01, 0.4)
        var sample = explanation(
            [
                suspect("payments", 0.8, .medium, [ends], change: 3e6, share: 1.2),
                suspect("orders", 0.3, .low, [evidence(.missingCalls, "orders", "GET /orders", "", "", 0, 0.05)]),
            ],
            [
                route(
                    "POST /checkout", 58e6, 60.5e6,
                    [(Hop(kind: .work, service: "payments", operation: "GET /cards"), 2e6, 5e6)])
            ], .tail)
        sample.before.records = 0
        return sample
    }()

    static let nothing = explanation(
        [suspect("gateway", 0.1, .low, [evidence(.ownTime, "gateway", "POST /checkout", "", "", 1e6, 1.1e6)])],
        [route("POST /checkout", 58e6, 58.1e6, [])])

    // MARK: - Their parts

    static func evidence(
        _ kind: Suspect.Evidence.Kind, _ service: String, _ operation: String, _ peer: String, _ pattern: String,
        _ before: Double, _ now: Double
    ) -> Suspect.Evidence {
        let difference: Double
        switch kind {
        case .ownTime, .network, .database, .moreCalls: difference = log(now / before)
        case .stalls, .missingCalls, .errors, .newLogPattern, .lostLogPattern:
            difference = 2 * (asin(now.squareRoot()) - asin(before.squareRoot()))
        }
        return Suspect.Evidence(
            kind: kind, service: service, operation: operation, peer: peer, pattern: pattern, before: before, now: now,
            beforeCount: 380, nowCount: 420, effect: abs(difference),
            interval: (difference - 0.14)...(difference + 0.14),
            examples: (1...2).map { Suspect.Example(trace: TraceID(high: 0xE1, low: $0), span: SpanID($0)) })
    }

    static func suspect(
        _ service: String, _ score: Double, _ confidence: Suspect.Confidence, _ evidence: [Suspect.Evidence],
        change: Double = 0, share: Double? = nil, only: [String] = []
    ) -> Suspect {
        Suspect(
            service: service, score: score, confidence: confidence, evidence: evidence, change: change,
            shareOfChange: share, only: only)
    }

    private static func route(
        _ operation: String, _ before: Double, _ now: Double, _ hops: [(Hop, Double, Double)]
    ) -> Explanation.RouteChange {
        Explanation.RouteChange(
            route: SlowAnalysis.Route(service: "gateway", operation: operation),
            before: SlowReport.Group(count: 380, meanDuration: before),
            now: SlowReport.Group(count: 420, meanDuration: now),
            hops: hops.map { Explanation.HopChange(hop: $0.0, before: $0.1, now: $0.2) })
    }

    private static func explanation(
        _ suspects: [Suspect], _ routes: [Explanation.RouteChange], _ comparison: SlowReport.Comparison = .baseline
    ) -> Explanation {
        let hour: UInt64 = 3600 * .nanosecondsPerSecond
        let earlier = comparison == .tail ? 0 : hour
        return Explanation(
            now: Explanation.Side(
                from: SampleShop.from, to: SampleShop.to, traces: 420, spans: 12_219, records: 3445),
            before: Explanation.Side(
                from: SampleShop.from - earlier, to: SampleShop.to - earlier, traces: 380, spans: 11_004,
                records: 3102),
            comparison: comparison, suspects: suspects, routes: routes)
    }
}
