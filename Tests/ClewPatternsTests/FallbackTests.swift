import Clew
import ClewModel
import ClewPatterns
import ClewTesting
import Testing
import Tracing

private struct Broken: Error {}
private struct BrokenToo: Error {}

private func broken() throws -> Int { throw Broken() }
private func brokenToo() throws -> Int { throw BrokenToo() }

private func notAsked() -> Int {
    Issue.record("the fallback was asked")
    return 0
}

@Suite("A fallback")
struct FallbackTests {
    private let exporter = InMemoryExporter()

    /// The span that `body` had, and the telemetry's exports.
    private func exported(
        _ body: (any Tracing.Span, Telemetry) async throws -> Void
    ) async throws -> ClewModel.Span {
        let telemetry = try Telemetry(.init(service: "gateway"), exporter: exporter)
        let span = telemetry.tracer.startSpan("call")
        try await body(span, telemetry)
        span.end()
        await telemetry.shutdown()
        return try #require(exporter.spans(named: "call").first)
    }

    @Test("leaves an answer as it is, and no trace")
    func success() async throws {
        let span = try await exported { span, telemetry in
            let answer = try await withFallback(name: "recommendations", span: span, telemetry: telemetry) {
                1
            } fallback: { _ in
                2
            }
            #expect(answer == 1)
        }
        #expect(span.events.isEmpty)
        #expect(span.attributes[SemanticConventions.degraded] == nil)
        #expect(exporter.metric(SemanticConventions.fallbackEvent) == nil)
    }

    @Test("answers where the call fails, and says so on the span and in a metric")
    func failure() async throws {
        let span = try await exported { span, telemetry in
            let answer = try await withFallback(name: "recommendations", span: span, telemetry: telemetry) {
                try broken()
            } fallback: { error in
                #expect(error is Broken)
                return 2
            }
            #expect(answer == 2)
        }
        let event = try #require(span.events.first)
        #expect(span.events.count == 1)
        #expect(event.name == SemanticConventions.fallbackEvent)
        #expect(event.attributes[SemanticConventions.errorType] == .string(ErrorType.name(of: Broken())))
        #expect(event.attributes[SemanticConventions.patternName] == .string("recommendations"))
        #expect(span.attributes[SemanticConventions.degraded] == .bool(true))
        #expect(exporter.metric(SemanticConventions.fallbackEvent)?.value() == 1)
    }

    @Test("lets its own error through, and then the answer is not degraded but none")
    func failingFallback() async throws {
        let span = try await exported { span, telemetry in
            await #expect(throws: BrokenToo.self) {
                try await withFallback(name: "recommendations", span: span, telemetry: telemetry) {
                    try broken()
                } fallback: { _ in
                    try brokenToo()
                }
            }
        }
        #expect(span.events.map(\.name) == [SemanticConventions.fallbackEvent])
        #expect(span.attributes[SemanticConventions.degraded] == nil)
    }

    @Test("is not asked for errors that are not to be stood in for")
    func otherErrors() async throws {
        let span = try await exported { span, telemetry in
            await #expect(throws: Broken.self) {
                try await withFallback(
                    name: "recommendations", span: span, telemetry: telemetry, when: { !($0 is Broken) }
                ) {
                    try broken()
                } fallback: { _ in
                    notAsked()
                }
            }
        }
        #expect(span.events.isEmpty)
    }

    @Test("is not asked when the call was cancelled")
    func cancellation() async {
        await #expect(throws: CancellationError.self) {
            try await withFallback(name: "recommendations") { () -> Int in
                throw CancellationError()
            } fallback: { _ in
                notAsked()
            }
        }
    }

    @Test("is not asked in a cancelled task, whatever its error is")
    func cancelledTask() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await withFallback(name: "recommendations") {
                try broken()
            } fallback: { _ in
                notAsked()
            }
        }
        task.cancel()
        await #expect(throws: Broken.self) { try await task.value }
    }
}
