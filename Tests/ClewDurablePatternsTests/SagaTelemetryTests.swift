import Clew
import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import ClewDurablePatterns

@Suite("The telemetry of sagas")
struct SagaTelemetryTests {
    private let bench: SagaBench
    private let exporter = InMemoryExporter()
    private let telemetry: Telemetry

    init() throws {
        bench = try SagaBench()
        telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
    }

    /// Starts and runs a saga in a request's span.
    private func request(_ orchestrator: SagaOrchestrator<Trip>) async throws -> SagaOutcome<Trip>? {
        var context = ServiceContext.topLevel
        context.correlationID = "order-7"
        return try await telemetry.tracer.withSpan("POST /trips", context: context, ofKind: .server) { _ in
            try await bench.start(orchestrator)
            return try await orchestrator.run("s")
        }
    }

    private func span(_ name: String, _ body: (any Tracing.Span) -> Void) {
        let span = telemetry.tracer.startSpan(name)
        body(span)
        span.end()
    }

    @Test("has a span for the run and one for each attempt, which say what became of it")
    func spans() async throws {
        let script = SagaScript(["execute b": [.fail, .refuse]])
        _ = try await self.request(bench.orchestrator(script.definition(), telemetry: telemetry))
        await telemetry.flush()
        let trace = try #require(exporter.trace(named: "POST /trips"))
        #expect(
            trace.outline == """
                POST /trips
                  saga trip
                    execute a
                    execute b
                    execute b
                    compensate b
                    compensate a
                """)
        let run = try #require(exporter.spans(named: "saga trip").first)
        #expect(run.kind == .internal)
        #expect(run.status.code == .unset)
        #expect(run.attributes[SemanticConventions.sagaName] == "trip")
        #expect(run.attributes[SemanticConventions.sagaID] == "s")
        #expect(run.attributes[SemanticConventions.sagaState] == "compensated")

        let attempts = exporter.spans(named: "execute b")
        #expect(attempts.map { $0.attributes[SemanticConventions.sagaAttempt] } == [1, 2])
        #expect(attempts.allSatisfy { $0.status.code == .error && $0.kind == .internal })
        #expect(attempts.allSatisfy { $0.attributes[SemanticConventions.sagaStep] == "b" })
        #expect(
            attempts.map { $0.attributes[SemanticConventions.errorType] } == [
                .string(ErrorType.name(of: SagaScript.Failure())), .string(ErrorType.name(of: SagaRefusal(""))),
            ])
        let compensation = try #require(exporter.spans(named: "compensate a").first)
        #expect(compensation.status.code == .unset)
        #expect(compensation.attributes[SemanticConventions.sagaAction] == "compensate")
        #expect(compensation.attributes[SemanticConventions.sagaID] == "s")
        #expect(exporter.spans(named: "execute a").first?.attributes[SemanticConventions.sagaAction] == "execute")
    }

    @Test("begins a trace with each resumption, linked to where the saga started, with its correlation id")
    func resumption() async throws {
        try await withTracer(telemetry.tracer) {
            let script = SagaScript(["execute b": [.cancel]])
            await #expect(throws: CancellationError.self) {
                _ = try await self.request(bench.orchestrator(script.definition(), telemetry: telemetry))
            }
            _ = try await bench.orchestrator(script.definition(), owner: "second", telemetry: telemetry).resumePending()
        }
        await telemetry.flush()
        let request = try #require(exporter.spans(named: "POST /trips").first)
        let runs = exporter.spans(named: "saga trip")
        try #require(runs.count == 2)
        #expect(runs[0].traceID == request.traceID)
        #expect(runs[0].links.isEmpty)
        #expect(runs[0].status.code == .unset)
        #expect(runs[0].attributes[SemanticConventions.sagaState] == "running")

        #expect(runs[1].traceID != request.traceID)
        #expect(runs[1].parentSpanID == nil)
        #expect(runs[1].links.map(\.spanID) == [request.spanID])
        #expect(runs[1].links.map(\.traceID) == [request.traceID])
        #expect(runs[1].attributes[SemanticConventions.sagaState] == "completed")
        #expect(runs[1].attributes[SemanticConventions.correlationID] == "order-7")
        let resumed = try #require(exporter.trace(runs[1].traceID))
        #expect(resumed.outline == "saga trip\n  execute b\n  execute c")
        #expect(resumed.spans[1].attributes[SemanticConventions.sagaAttempt] == 2)
    }

    @Test("marks the spans of a choreographed saga")
    func choreography() async throws {
        let trip = Choreography(saga: "return")
        span("begin") { trip.begin("s", span: $0) }
        span("middle") { trip.step("refund", of: "s", span: $0) }
        span("last") { trip.step("restock", of: "s", span: $0, ends: .completed) }
        await telemetry.flush()
        let spans = ["begin", "middle", "last"].compactMap { exporter.spans(named: $0).first }
        #expect(spans.map { $0.attributes[SemanticConventions.sagaName] } == ["return", "return", "return"])
        #expect(spans.map { $0.attributes[SemanticConventions.sagaID] } == ["s", "s", "s"])
        #expect(spans.map { $0.attributes[SemanticConventions.sagaState] } == ["running", nil, "completed"])
        #expect(spans.map { $0.attributes[SemanticConventions.sagaStep] } == [nil, "refund", "restock"])
        #expect(spans.map { $0.attributes[SemanticConventions.sagaAction] } == [nil, "execute", "execute"])
    }
}
