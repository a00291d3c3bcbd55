import ClewModel
import ClewWire
import Synchronization

/// Builders that one request at a time appends to; there is a shard per core.
final class IngestShard: Sendable {
    /// The rows of some requests, taken out of a shard to be committed.
    struct Sealed: Sendable {
        var builders: Builders
        var batch: CommitBatch
        var requests: Int
        var bytes: Int
    }

    struct Builders: Sendable {
        var spans: BlockBuilder
        var logs: BlockBuilder

        init(maximumKeys: Int, days: DayAdmission) {
            spans = BlockBuilder(.spans, maximumKeys: maximumKeys, days: days)
            logs = BlockBuilder(.logs, maximumKeys: maximumKeys, days: days)
        }
    }

    /// What became of a request; `batch` is `nil` when no record of it is left to commit.
    struct Appended: Sendable {
        var result: AppendResult
        var batch: CommitBatch?
    }

    private struct State {
        var builders: Builders
        var spare: Builders?
        var batch = CommitBatch()
        var requests = 0
        var bytes = 0
    }

    private let maximumKeys: Int
    private let days: DayAdmission
    private let state: Mutex<State>

    /// A builder that grew beyond this is not used again, so that one burst does not hold its memory for ever.
    private static let maximumReusedBytes = 16 << 20

    init(maximumKeys: Int, days: DayAdmission) {
        self.maximumKeys = maximumKeys
        self.days = days
        state = Mutex(State(builders: Builders(maximumKeys: maximumKeys, days: days)))
    }

    /// Decodes a request into the shard's builder, unless another request is in it.
    func appendIfIdle(_ signal: Signal, _ request: [UInt8]) -> Result<Appended, StoreError>? {
        state.withLockIfAvailable { Self.append(signal, request, &$0) }
    }

    /// Decodes a request into the shard's builder, after the one that is in it.
    func append(_ signal: Signal, _ request: [UInt8]) -> Result<Appended, StoreError> {
        state.withLock { Self.append(signal, request, &$0) }
    }

    private static func append(
        _ signal: Signal, _ request: [UInt8], _ state: inout State
    ) -> Result<Appended, StoreError> {
        do throws(StoreError) {
            let result =
                switch signal {
                case .traces: try state.builders.spans.appendTraces(request)
                case .logs: try state.builders.logs.appendLogs(request)
                case .metrics: throw StoreError(.malformed, "this store keeps traces and logs, not metrics")
                }
            guard result.stored > 0 else { return .success(Appended(result: result)) }
            state.requests += 1
            state.bytes += request.count
            return .success(Appended(result: result, batch: state.batch))
        } catch {
            return .failure(error)
        }
    }

    /// Takes the rows out, or `nil` when there are none.
    func seal() -> Sealed? {
        state.withLock { state in
            guard state.requests > 0 else { return nil }
            let sealed = Sealed(
                builders: state.builders, batch: state.batch, requests: state.requests, bytes: state.bytes)
            state.builders = state.spare.take() ?? Builders(maximumKeys: maximumKeys, days: days)
            state.batch = CommitBatch()
            state.requests = 0
            state.bytes = 0
            return sealed
        }
    }

    /// Gives the memory of committed builders back.
    func reuse(_ builders: consuming Builders, bytes: Int) {
        guard bytes <= Self.maximumReusedBytes else { return }
        var builders = builders
        builders.spans.removeAll()
        builders.logs.removeAll()
        state.withLock { $0.spare = builders }
    }
}

extension BlockBuilder {
    /// Appends the spans of a request; a malformed request leaves nothing behind.
    mutating func appendTraces(_ request: [UInt8]) throws(StoreError) -> AppendResult {
        try appendRequest { (builder: inout BlockBuilder) throws(WireError) in
            try OTLP.decodeTraces(request, into: &builder)
        }
    }

    /// Appends the records of a request; a malformed request leaves nothing behind.
    mutating func appendLogs(_ request: [UInt8]) throws(StoreError) -> AppendResult {
        try appendRequest { (builder: inout BlockBuilder) throws(WireError) in
            try OTLP.decodeLogs(request, into: &builder)
        }
    }

    private mutating func appendRequest(
        _ decode: (inout BlockBuilder) throws(WireError) -> Void
    ) throws(StoreError) -> AppendResult {
        let before = rowCount
        beginRequest()
        do {
            try decode(&self)
        } catch {
            truncate(to: before)
            throw StoreError(.malformed, "the request is not OTLP protobuf: \(error)", cause: error)
        }
        let reasons = rejected.map { ($0.key.rawValue, $0.value) }
        return AppendResult(stored: rowCount - before, rejected: Dictionary(uniqueKeysWithValues: reasons))
    }
}
