public import ClewModel
public import ClewStore
import ClewWire

/// The one way from the receivers to the store.
///
/// Tells once the records are durable, so that a receiver may acknowledge them, and counts what became of them.
public final class Pipeline: Sendable {
    public let counters: CollectorCounters
    private let store: any TelemetryStore

    public init(store: any TelemetryStore, counters: CollectorCounters = CollectorCounters()) {
        self.store = store
        self.counters = counters
    }

    /// Stores the records of one OTLP request: decodes them on the calling thread, and tells when they are durable.
    ///
    /// Metrics are decoded, counted as dropped with the reason `not_stored`, and acknowledged: a sender can do nothing
    /// about it, and would otherwise send them again and again.
    ///
    /// - Parameters:
    ///   - request: OTLP protobuf, decompressed. Its memory may be used again once this returns.
    ///   - completion: Called once, on any thread, as that of ``TelemetryStore/append(_:_:_:)`` is; after a failure nothing
    ///     of the request is stored.
    public func submit(
        _ signal: Signal, _ request: [UInt8], over transport: Transport,
        _ completion: @escaping @Sendable (Result<AppendResult, StoreError>) -> Void
    ) {
        if signal == .metrics { return completion(countMetrics(request, over: transport)) }
        let start = ContinuousClock.now
        store.append(signal, request) { [counters] result in
            switch result {
            case .success(let result): counters.completed(result, signal, over: transport, latency: .now - start)
            case .failure(let error): counters.refused(signal, over: transport, Reason(error))
            }
            completion(result)
        }
    }

    /// Stores the records of one OTLP request and returns when they are durable.
    ///
    /// - Throws: ``StoreError`` as ``TelemetryStore/append(_:_:)`` does; nothing of the request was stored then.
    public func submit(
        _ signal: Signal, _ request: [UInt8], over transport: Transport
    ) async throws(StoreError) -> AppendResult {
        let result = await withCheckedContinuation { continuation in
            submit(signal, request, over: transport) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Counts records that were acknowledged, or could not be refused, and are not kept.
    public func drop(_ records: Int, of signal: Signal, over transport: Transport, _ reason: Reason) {
        counters.dropped(records, of: signal, over: transport, reason)
    }

    private func countMetrics(_ request: [UInt8], over transport: Transport) -> Result<AppendResult, StoreError> {
        do {
            let points = try OTLP.decodeMetrics(request).reduce(0) { $0 + $1.data.pointCount }
            counters.dropped(points, of: .metrics, over: transport, .notStored, received: true)
            return .success(AppendResult(stored: 0))
        } catch {
            counters.refused(.metrics, over: transport, .malformed)
            return .failure(StoreError(.malformed, "\(error)", cause: error))
        }
    }
}

extension MetricData {
    fileprivate var pointCount: Int {
        switch self {
        case .gauge(let points): points.count
        case .sum(let points, _, _): points.count
        case .histogram(let points, _): points.count
        case .exponentialHistogram(let points, _): points.count
        case .summary(let points): points.count
        }
    }
}
