public import ClewModel

/// Where the collector keeps spans and log records, whatever the engine.
///
/// Every engine must pass the compatibility kit in `ClewStoreTesting`.
public protocol TelemetryStore: Sendable {
    /// Stores the records of one OTLP export request: decodes them on the calling thread, and tells when they are durable.
    ///
    /// - Parameters:
    ///   - signal: `.traces` or `.logs`.
    ///   - request: The request as OTLP protobuf, decompressed. Either all acceptable records in it are stored or none.
    ///     Its memory may be used again once this returns.
    ///   - completion: Called once, on any thread and perhaps before this returns, with how many records were stored, and
    ///     how many were refused and why; or with a ``StoreError`` of code `malformed` (the cause holds the byte offset),
    ///     `overloaded`, `diskFull`, `closed` or `engine`. It must not block: others wait behind it.
    func append(
        _ signal: Signal, _ request: [UInt8],
        _ completion: @escaping @Sendable (Result<AppendResult, StoreError>) -> Void
    )

    /// All spans of a trace, in no particular order, duplicates included.
    func trace(_ id: TraceID) async throws(StoreError) -> [Span]

    /// The newest spans by start time that match, newest first.
    func spans(_ query: SpanQuery) async throws(StoreError) -> [Span]

    /// Calls `body` with every matching span, in no particular order, until it answers `false`.
    ///
    /// Holds few spans at a time, however many match. `query.limit` is ignored.
    func spans(_ query: SpanQuery, _ body: (Span) -> Bool) async throws(StoreError)

    /// Calls `body` with a summary of every matching span, in no particular order, until it answers `false`.
    ///
    /// Reads only the columns a summary needs. `query.limit` is ignored.
    func summaries(_ query: SpanQuery, _ body: (SpanSummary) -> Bool) async throws(StoreError)

    /// The newest log records by effective time that match, newest first.
    func logs(_ query: LogQuery) async throws(StoreError) -> [LogRecord]

    /// Calls `body` with every matching log record; as ``spans(_:_:)``.
    func logs(_ query: LogQuery, _ body: (LogRecord) -> Bool) async throws(StoreError)

    /// How much is stored and where.
    func status() async throws(StoreError) -> StoreStatus

    /// Commits what is pending and closes the files; later calls throw `closed`.
    func close() async
}

extension TelemetryStore {
    /// Stores the records of one OTLP export request and returns when they are durable.
    ///
    /// - Throws: ``StoreError`` with the codes that the form with a completion fails with.
    public func append(_ signal: Signal, _ request: [UInt8]) async throws(StoreError) -> AppendResult {
        let result = await withCheckedContinuation { continuation in
            append(signal, request) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}

/// What became of the records of one request.
public struct AppendResult: Hashable, Sendable {
    public var stored: Int
    /// Refused records by reason; empty when all were stored.
    public var rejected: [String: Int]

    public init(stored: Int, rejected: [String: Int] = [:]) {
        self.stored = stored
        self.rejected = rejected
    }

    public var rejectedCount: Int { rejected.values.reduce(0, +) }
}
