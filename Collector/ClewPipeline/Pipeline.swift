public import ClewModel
public import ClewStore
import ClewWire

/// The one way from the receivers to the store.
///
/// Returns once the records are durable, so that a receiver may acknowledge them, and counts what became of them.
public final class Pipeline: Sendable {
    public let counters: CollectorCounters
    private let store: any TelemetryStore

    public init(store: any TelemetryStore, counters: CollectorCounters = CollectorCounters()) {
        self.store = store
        self.counters = counters
    }

    /// Stores the records of one OTLP request.
    ///
    /// Metrics are decoded, counted as dropped with the reason `not_stored`, and acknowledged: a sender can do nothing
    /// about it, and would otherwise send them again and again.
    ///
    /// - Parameter request: OTLP protobuf, decompressed.
    /// - Throws: ``StoreError`` as ``TelemetryStore/append(_:_:)`` does; nothing of the request was stored then.
    public func submit(
        _ signal: Signal, _ request: [UInt8], over transport: Transport
    ) async throws(StoreError) -> AppendResult {
        do {
            if signal == .metrics { return try countMetrics(request, over: transport) }
            let start = ContinuousClock.now
            let result = try await store.append(signal, request)
            count(result, CollectorCounters.Series(signal, transport), latency: .now - start)
            return result
        } catch {
            counters.refused(signal, over: transport, Reason(error))
            throw error
        }
    }

    /// Counts records that were acknowledged, or could not be refused, and are not kept.
    public func drop(_ records: Int, of signal: Signal, over transport: Transport, _ reason: Reason) {
        counters.update { $0.dropped[CollectorCounters.Series(signal, transport, reason), default: 0] += records }
    }

    private func count(_ result: AppendResult, _ series: CollectorCounters.Series, latency: Duration) {
        counters.update {
            $0.commitLatency.record(latency)
            $0.received[series, default: 0] += result.stored + result.rejectedCount
            $0.stored[series, default: 0] += result.stored
            for (text, records) in result.rejected {
                let refused = CollectorCounters.Series(series.signal, series.transport, Reason(rejection: text))
                $0.refused[refused, default: 0] += records
            }
        }
    }

    private func countMetrics(_ request: [UInt8], over transport: Transport) throws(StoreError) -> AppendResult {
        let points: Int
        do {
            points = try OTLP.decodeMetrics(request).reduce(0) { $0 + $1.data.pointCount }
        } catch {
            throw StoreError(.malformed, "\(error)", cause: error)
        }
        counters.update { $0.received[CollectorCounters.Series(.metrics, transport), default: 0] += points }
        drop(points, of: .metrics, over: transport, .notStored)
        return AppendResult(stored: 0)
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
