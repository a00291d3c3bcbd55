public import Clew
import ClewModel
import CoreMetrics
public import Tracing

/// Answers with less where the real answer fails, and shows it.
///
/// ```swift
/// let items = try await withFallback(name: "recommendations", span: span) {
///     try await recommendations.items(for: user)
/// } fallback: { _ in
///     bestsellers.cached
/// }
/// ```
///
/// A fallback stands outside of breaker, bulkhead and retry, so that their refusals come to it.
///
/// *When not to use it*: where a wrong answer is worse than none, as with prices, stock, payments and permissions; where
/// nobody would notice that the answer is always the lesser one; and with a fallback that itself calls over the network, which
/// is rarely exercised and then has to bear all the load at once. Source: J. Gabrielson, "Avoiding fallback in distributed systems",
/// The Amazon Builders' Library; for the pattern M. Nygard, "Release It!", second edition, and Hystrix, "Fallback".
///
/// Telemetry: the event `clew.fallback` with `error.type` on the span, and `clew.degraded` where the fallback answered. The
/// counter `clew.fallback` has the same name and attributes.
///
/// - Parameters:
///   - name: What is stood in for; one of few, as it is an attribute of a metric.
///   - span: The span of the call.
///   - telemetry: Where the metric goes; by default to the global system.
///   - when: Whether an error is one to stand in for; by default each is. `CancellationError`, and all errors of a cancelled
///     task, never are: nobody waits for an answer.
///   - body: The call.
///   - fallback: Gets the error of the call.
/// - Returns: What `body` returns, or else what `fallback` does.
/// - Throws: What `body` throws where it is not stood in for, and what `fallback` throws.
public func withFallback<Value>(
    name: String, span: (any Tracing.Span)? = nil, telemetry: Telemetry? = nil,
    when: (any Error) -> Bool = { _ in true }, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value, fallback: (any Error) async throws -> Value
) async throws -> Value {
    do {
        return try await body()
    } catch {
        guard !(error is CancellationError), !Task.isCancelled, when(error) else { throw error }
        recordFallback(name, ErrorType.name(of: error), span, telemetry)
        let value = try await fallback(error)
        if let span, span.isRecording { span.describe { $0[SemanticConventions.degraded] = true } }
        return value
    }
}

private func recordFallback(
    _ name: String, _ errorType: String, _ span: (any Tracing.Span)?, _ telemetry: Telemetry?
) {
    // Made at each use: a function has nowhere to keep it, and a call that failed has cost more.
    Counter(
        label: SemanticConventions.fallbackEvent,
        dimensions: [(SemanticConventions.patternName, name), (SemanticConventions.errorType, errorType)],
        factory: InstrumentationBackend(telemetry).metrics
    ).increment()
    guard let span, span.isRecording else { return }
    let attributes: SpanAttributes = [
        SemanticConventions.patternName: .string(name), SemanticConventions.errorType: .string(errorType),
    ]
    span.addEvent(Tracing.SpanEvent(name: SemanticConventions.fallbackEvent, attributes: attributes))
}
