import ClewModel
import ClewStore
import ClewWire
import Synchronization

/// A store in memory that answers by the definitions in ClewModel; the oracle of these tests.
final class MemoryStore: TelemetryStore {
    private struct State {
        var spans: [Span] = []
        var records: [LogRecord] = []
        var failure: StoreError?
        var isClosed = false
        var holds = false
        var held: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    /// The signal of each append, once its records are stored.
    let appended: AsyncStream<Signal>
    private let appends: AsyncStream<Signal>.Continuation

    init(spans: [Span] = [], records: [LogRecord] = []) {
        (appended, appends) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
        state.withLock {
            $0.spans = spans
            $0.records = records
        }
    }

    var spans: [Span] { state.withLock { $0.spans } }
    var records: [LogRecord] { state.withLock { $0.records } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// What every append fails with from now on.
    func fail(with failure: StoreError?) {
        state.withLock { $0.failure = failure }
    }

    /// Completes no append from now on, as a store does whose disk is slow.
    func hold() {
        state.withLock { $0.holds = true }
    }

    /// Completes the held appends, in the order that `order` makes of them, and holds no more.
    func release(_ order: ([@Sendable () -> Void]) -> [@Sendable () -> Void] = { $0 }) {
        let held = state.withLock { state in
            state.holds = false
            defer { state.held = [] }
            return state.held
        }
        for complete in order(held) { complete() }
    }

    func append(
        _ signal: Signal, _ request: [UInt8],
        _ completion: @escaping @Sendable (Result<AppendResult, StoreError>) -> Void
    ) {
        let result: Result<AppendResult, StoreError>
        do {
            result = .success(try append(signal, request))
        } catch {
            result = .failure(error)
        }
        let isHeld = state.withLock { state in
            if state.holds { state.held.append { completion(result) } }
            return state.holds
        }
        if !isHeld { completion(result) }
    }

    private func append(_ signal: Signal, _ request: [UInt8]) throws(StoreError) -> AppendResult {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        defer { appends.yield(signal) }
        do {
            if signal == .logs {
                let records = try OTLP.decodeLogs(request)
                state.withLock { $0.records += records }
                return AppendResult(stored: records.count)
            }
            var counter = RejectionCounter()
            try OTLP.decodeTraces(unsafe request.span.bytes, into: &counter)
            let spans = try OTLP.decodeTraces(request)
            state.withLock { $0.spans += spans }
            return AppendResult(stored: spans.count, rejected: counter.rejected)
        } catch {
            throw StoreError(.malformed, "\(error)", cause: error)
        }
    }

    func trace(_ id: TraceID) async throws(StoreError) -> [Span] { spans.filter { $0.traceID == id } }

    func spans(_ query: SpanQuery) async throws(StoreError) -> [Span] {
        Array(spans.filter(query.matches).sorted { $0.start > $1.start }.prefix(query.limit))
    }

    func spans(_ query: SpanQuery, _ body: (Span) -> Bool) async throws(StoreError) {
        for span in spans where query.matches(span) {
            guard body(span) else { return }
        }
    }

    func logs(_ query: LogQuery, _ body: (LogRecord) -> Bool) async throws(StoreError) {
        for record in records where query.matches(record) {
            guard body(record) else { return }
        }
    }

    func summaries(_ query: SpanQuery, _ body: (SpanSummary) -> Bool) async throws(StoreError) {
        for span in spans where query.matches(span) {
            guard body(SpanSummary(span)) else { return }
        }
    }

    func logs(_ query: LogQuery) async throws(StoreError) -> [LogRecord] {
        Array(records.filter(query.matches).sorted { $0.effectiveTime > $1.effectiveTime }.prefix(query.limit))
    }

    func status() async throws(StoreError) -> StoreStatus {
        StoreStatus(spans: spans.count, logRecords: records.count, newest: spans.map(\.start).max())
    }

    func close() async { state.withLock { $0.isClosed = true } }
}

private struct RejectionCounter: SpanSink {
    var rejected: [String: Int] = [:]

    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) {}
    mutating func reject(_ reason: RejectionReason) { rejected[reason.rawValue, default: 0] += 1 }
    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func attribute(key: RawSpan, value: RawSpan) {}
    mutating func event(_ message: RawSpan) {}
    mutating func link(_ message: RawSpan) {}
}
