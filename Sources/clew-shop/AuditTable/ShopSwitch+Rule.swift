import ClewDemoShop

extension ShopSwitch {
    /// The rule of `clew audit` that finds it.
    var rule: String {
        switch self {
        case .syncChain: "deep-sync-chain"
        case .nPlusOne: "n-plus-one"
        case .sequentialFanout: "sequential-fanout"
        case .retryStorm: "retry-storm"
        case .nestedRetries: "nested-retries"
        case .noTimeout: "inverted-timeout"
        case .noBreaker: "no-circuit-breaker"
        case .sharedDB: "shared-database"
        case .dualWrite: "dual-write"
        case .noInbox: "non-idempotent-consumer"
        case .noIdempotency: "duplicate-execution"
        case .noCompensation: "missing-compensation"
        case .crashOrchestrator: "stuck-saga"
        case .cycle: "distributed-monolith"
        case .nanoService: "nano-service"
        case .lostContext: "broken-context"
        case .lostCorrelation: "missing-correlation-id"
        case .breakingChange: "breaking-contract"
        case .hugeFanout: "unbounded-fanout"
        case .godGateway: "gateway-logic"
        case .hotInstance: "hot-instance"
        }
    }
}
