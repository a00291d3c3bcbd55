import ClewAnalysis
import ClewModel
import Testing

@Suite("Saga builder")
struct SagaBuilderTests {
    /// A saga of one run, in milliseconds.
    private func saga(
        _ id: String, _ time: ClosedRange<UInt64>, _ state: String?, step: String? = nil, number: UInt64 = 1
    ) -> Span {
        var attributes = [
            Attribute(SemanticConventions.sagaName, "checkout"),
            Attribute(SemanticConventions.sagaID, .string(id)),
        ]
        if let state { attributes.append(Attribute(SemanticConventions.sagaState, .string(state))) }
        if let step { attributes.append(Attribute(SemanticConventions.sagaStep, .string(step))) }
        return Span(
            traceID: TraceID(high: 0, low: number), spanID: SpanID(number), name: "saga checkout", kind: .internal,
            start: time.lowerBound * 1_000_000, end: time.upperBound * 1_000_000, attributes: attributes)
    }

    private func report(_ spans: [Span], at seconds: UInt64? = nil, maximumSagas: Int = 1000) -> SagaReport {
        var builder = SagaBuilder(from: 0, to: .max, maximumSagas: maximumSagas)
        for span in spans { builder.add(span) }
        return builder.finish(at: seconds.map { $0 * .nanosecondsPerSecond })
    }

    @Test("sagas are counted by how they ended, with their durations from the first span to the one with the end")
    func outcomes() throws {
        let row = try #require(
            report([
                saga("a", 0...10, "running"), saga("a", 50...100, "completed"),
                saga("b", 0...300, "compensated"),
                saga("c", 0...50, "parked"),
                saga("d", 0...20, nil, step: "charge"),
            ]).rows.first)
        #expect(
            row
                == SagaReport.Row(
                    name: "checkout", completed: 1, compensated: 1, parked: 1, running: 1, stuck: 0,
                    stuckAfter: 10_000_000_000,
                    durations: Quantiles(
                        p50: 100_000_000, p90: 300_000_000, p95: 300_000_000, p99: 300_000_000, max: 300_000_000)))
    }

    @Test("the order of the spans does not matter: what has ended stays so, and a parked saga may be taken up again")
    func anyOrder() {
        let spans = [
            saga("a", 0...10, "running"), saga("a", 5...8, "completed"), saga("b", 0...10, "parked"),
            saga("b", 20...30, "running"),
        ]
        for spans in [spans, spans.reversed()] {
            let row = report(spans).rows.first
            #expect(row?.completed == 1)
            #expect(row?.running == 1)
            #expect(row?.parked == 0)
        }
    }

    @Test("a saga is stuck only past ten seconds and past twice the p99 of the finished ones")
    func stuck() {
        let open = saga("open", 0...10, nil, step: "charge", number: 7)
        #expect(report([open], at: 10).rows.first?.stuck == 0)
        #expect(report([open], at: 11).rows.first?.stuck == 1)
        let slow = saga("slow", 0...20_000, "completed")
        #expect(report([open, slow], at: 40).rows.first?.stuck == 0)
        let late = report([open, slow, saga("parked", 0...5, "parked")], at: 41)
        #expect(late.rows.first?.stuck == 1)
        #expect(late.unfinished.map(\.id) == ["open", "parked"])
        #expect(late.unfinished.first?.isStuck == true)
        #expect(late.unfinished.first?.lastStep == "charge")
        #expect(late.unfinished.first?.age == 41_000_000_000)
        #expect(late.unfinished.first?.silence == 40_990_000_000)
        #expect(late.unfinished.first?.traceID == TraceID(high: 0, low: 7))
    }

    @Test("without a moment, ages are counted to the newest span of all, of a saga or not")
    func newest() {
        var other = saga("x", 60_000...61_000, nil)
        other.attributes = []
        #expect(report([saga("a", 0...10, nil), other]).rows.first?.stuck == 1)
    }

    @Test("past the bound on sagas, spans of further ones are counted")
    func bound() {
        let spans = (0..<5).map { saga("s\($0)", 0...10, "completed") } + [saga("s0", 20...30, nil)]
        let bounded = report(spans, maximumSagas: 3)
        #expect(bounded.rows.first?.completed == 3)
        #expect(bounded.droppedSpans == 2)
    }

    @Test("the names of the states are those of the telemetry")
    func states() {
        #expect(SagaReport.State.allCases.map(\.rawValue) == ["running", "completed", "compensated", "parked"])
    }
}
