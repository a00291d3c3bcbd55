import ClewModel
import CoreMetrics
public import Tracing

/// Runs a database operation in a client span, and records its duration.
///
/// The span is named `OPERATION collection`; a thrown error sets `error.type` and the status, a cancellation does not.
/// The duration goes to `db.client.operation.duration`.
///
/// Source: OpenTelemetry semantic conventions 1.37, "Database client spans" and "Database client metrics".
///
/// - Parameters:
///   - operation: The operation's name, for example `SELECT`.
///   - collection: The table or collection, if there is one.
///   - system: The database's name by the conventions, for example `sqlite`.
///   - namespace: The database, for example the file's name.
///   - query: The text of the query, with placeholders for its values: it is exported as it is.
/// - Throws: What `body` throws.
public func withDatabaseSpan<T>(
    _ operation: String, collection: String?, system: String, namespace: String, query: String? = nil,
    isolation: isolated (any Actor)? = #isolation, _ body: (any Tracing.Span) async throws -> T
) async rethrows -> T {
    let name = collection.map { "\(operation) \($0)" } ?? operation
    let start = ContinuousClock.now
    var dimensions = [
        (SemanticConventions.dbSystemName, system), (SemanticConventions.dbNamespace, namespace),
        (SemanticConventions.dbOperationName, operation),
    ]
    if let collection { dimensions.append((SemanticConventions.dbCollectionName, collection)) }
    func record(_ error: (any Error)?) {
        if let error { dimensions.append((SemanticConventions.errorType, ErrorType.name(of: error))) }
        Timer(label: SemanticConventions.dbClientOperationDuration, dimensions: dimensions)
            .recordNanoseconds(start.duration(to: .now).nanoseconds)
    }
    return try await withSpan(name, ofKind: .client) { span in
        span.updateAttributes { attributes in
            for (key, value) in dimensions { attributes[key] = value }
            attributes[SemanticConventions.dbQueryText] = query
        }
        do {
            let result = try await body(span)
            record(nil)
            return result
        } catch {
            let isFailure = !(error is CancellationError)
            if isFailure { span.attributes[SemanticConventions.errorType] = ErrorType.name(of: error) }
            record(isFailure ? error : nil)
            throw error
        }
    }
}
