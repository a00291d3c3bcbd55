extension Audit {
    /// Every rule, in the order in which they are listed: calls, then data, then messages and sagas, then context.
    static let detectors: [any AuditDetector.Type] = [
        DeepSyncChain.self, ChattyCalls.self, SequentialFanout.self, RetryStorm.self, NestedRetries.self,
        InvertedTimeout.self, NoCircuitBreaker.self, DistributedMonolith.self, NanoService.self, UnboundedFanout.self,
        GatewayLogic.self, HotInstance.self, BreakingContract.self,
        SharedDatabase.self, DualWrite.self, NonIdempotentConsumer.self, DuplicateExecution.self,
        MissingCompensation.self, StuckSaga.self, BrokenContext.self, MissingCorrelationID.self,
    ]
}
