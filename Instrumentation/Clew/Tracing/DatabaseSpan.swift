import ClewModel
import CoreMetrics
public import Tracing

/// Runs a database operation in a client span, and records its duration.
///
/// The span is named by the summary where there is one, else `OPERATION TARGET`, the target being the collection, the
/// namespace or the server, whichever is given first. A thrown error sets `error.type` and the status, a cancellation
/// does not. The duration goes to `db.client.operation.duration`.
///
/// With GRDB, whose errors have a result code:
///
/// ```swift
/// let orders = try await withDatabaseSpan(
///     "SELECT", collection: "orders", system: "sqlite", namespace: "shop", query: sql,
///     statusCode: { ($0 as? DatabaseError).map { String($0.extendedResultCode.rawValue) } }
/// ) { _ in
///     try await pool.read { try Order.fetchAll($0, sql: sql, arguments: [customer]) }
/// }
/// ```
///
/// With PostgresNIO, for a batch whose text holds values:
///
/// ```swift
/// try await withDatabaseSpan(
///     "INSERT", collection: "orders", system: "postgresql", namespace: "shop",
///     query: QueryText.sanitized(sql, system: "postgresql"), batchSize: orders.count,
///     server: HostAndPort(host: "db.internal", port: 5432),
///     statusCode: { ($0 as? PSQLError)?.serverInfo?[.sqlState] }
/// ) { _ in
///     try await client.query(PostgresQuery(unsafeSQL: sql))
/// }
/// ```
///
/// Source: OpenTelemetry semantic conventions 1.37, "Database client spans" and "Database client metrics".
///
/// - Parameters:
///   - operation: The operation's name, for example `SELECT`.
///   - collection: The table or collection, if there is one.
///   - system: The database's name by the conventions, for example `sqlite` or `postgresql`.
///   - namespace: The database, for example the file's name.
///   - query: The text of the query, with placeholders for its values: it is exported as it is. For a text that holds
///     values see ``QueryText/sanitized(_:system:maximumBytes:)``.
///   - summary: The shape of the query, for example `SELECT orders JOIN customers`; one of few.
///   - batchSize: How many operations are sent at once; from two on the operation is named `BATCH OPERATION`.
///   - server: Where the database listens.
///   - telemetry: Where the span and the duration go; by default to the global systems.
///   - statusCode: The database's code for an error, for `db.response.status_code` and `error.type`.
/// - Throws: What `body` throws.
public func withDatabaseSpan<T>(
    _ operation: String, collection: String? = nil, system: String, namespace: String? = nil, query: String? = nil,
    summary: String? = nil, batchSize: Int? = nil, server: HostAndPort? = nil, telemetry: Telemetry? = nil,
    statusCode: (any Error) -> String? = { _ in nil }, isolation: isolated (any Actor)? = #isolation,
    _ body: (any Tracing.Span) async throws -> T
) async rethrows -> T {
    let call = DatabaseCall(operation, collection, system, namespace, query, summary, batchSize, server, telemetry)
    do {
        let result = try await ServiceContext.withValue(call.span.context) { try await body(call.span) }
        call.end(nil, nil)
        return result
    } catch {
        call.end(error, statusCode(error))
        throw error
    }
}

/// Runs a database operation that does not suspend in a client span, and records its duration.
///
/// The parameters are those of the asynchronous `withDatabaseSpan`.
///
/// - Throws: What `body` throws.
public func withDatabaseSpan<T>(
    _ operation: String, collection: String? = nil, system: String, namespace: String? = nil, query: String? = nil,
    summary: String? = nil, batchSize: Int? = nil, server: HostAndPort? = nil, telemetry: Telemetry? = nil,
    statusCode: (any Error) -> String? = { _ in nil }, _ body: (any Tracing.Span) throws -> T
) rethrows -> T {
    let call = DatabaseCall(operation, collection, system, namespace, query, summary, batchSize, server, telemetry)
    do {
        let result = try ServiceContext.withValue(call.span.context) { try body(call.span) }
        call.end(nil, nil)
        return result
    } catch {
        call.end(error, statusCode(error))
        throw error
    }
}

/// One operation of a database client, with its span and its measurement.
private struct DatabaseCall {
    let span: any Tracing.Span
    private let dimensions: [(String, String)]
    private let backend: InstrumentationBackend
    private let start = ContinuousClock.now

    init(
        _ operation: String, _ collection: String?, _ system: String, _ namespace: String?, _ query: String?,
        _ summary: String?, _ batchSize: Int?, _ server: HostAndPort?, _ telemetry: Telemetry?
    ) {
        backend = InstrumentationBackend(telemetry)
        // A batch of one is none ("db.operation.batch.size").
        let batch = batchSize.flatMap { $0 > 1 ? $0 : nil }
        let operation = batch == nil || operation.hasPrefix("BATCH ") ? operation : "BATCH \(operation)"
        let optional: [(String, String?)] = [
            (SemanticConventions.dbSystemName, system),
            (SemanticConventions.dbNamespace, namespace),
            (SemanticConventions.dbOperationName, operation),
            (SemanticConventions.dbCollectionName, collection),
            (SemanticConventions.dbQuerySummary, summary),
            (SemanticConventions.serverAddress, server?.host),
            (SemanticConventions.serverPort, server.map { String($0.port) }),
        ]
        let dimensions = optional.compactMap { key, value in value.map { (key, $0) } }
        self.dimensions = dimensions
        let target = collection ?? namespace ?? server.map { "\($0.host):\($0.port)" }
        let name = summary ?? target.map { "\(operation) \($0)" } ?? operation
        span = backend.tracer.startSpan(name, context: .current ?? .topLevel, ofKind: .client)
        guard span.isRecording else { return }
        span.describe { attributes in
            for (key, value) in dimensions { attributes[key] = value }
            attributes[SemanticConventions.serverPort] = server?.port
            attributes[SemanticConventions.dbQueryText] = query
            attributes[SemanticConventions.dbOperationBatchSize] = batch
        }
    }

    func end(_ error: (any Error)?, _ statusCode: String?) {
        var dimensions = dimensions
        if let error { span.recordError(error) }
        if let error, !(error is CancellationError) {
            let errorType = statusCode ?? ErrorType.name(of: error)
            dimensions.append((SemanticConventions.errorType, errorType))
            if let statusCode { dimensions.append((SemanticConventions.dbResponseStatusCode, statusCode)) }
            span.describe { attributes in
                attributes[SemanticConventions.errorType] = errorType
                attributes[SemanticConventions.dbResponseStatusCode] = statusCode
            }
            span.setStatus(SpanStatus(code: .error))
        }
        ServiceContext.withValue(span.context) {
            Timer(
                label: SemanticConventions.dbClientOperationDuration, dimensions: dimensions, factory: backend.metrics
            ).recordNanoseconds(start.duration(to: .now).nanoseconds)
        }
        span.end()
    }
}
