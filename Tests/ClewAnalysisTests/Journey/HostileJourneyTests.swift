import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Journeys and sagas of hostile spans")
struct HostileJourneyTests {
    private static let subjects: [JourneySubject] = [
        .correlation("a"), .attribute(AttributeCondition(SemanticConventions.orderID, .equal, "o-1")),
        .attribute(AttributeCondition(SemanticConventions.sagaID)),
    ]

    private func sagas(_ spans: [Span], at now: UnixNanoseconds? = nil) -> SagaReport {
        var builder = SagaBuilder(from: 0, to: .max)
        for span in spans { builder.add(span) }
        return builder.finish(at: now)
    }

    private func isBounded(_ journey: Journey) -> Bool {
        journey.steps.count <= Journey.maximumSteps && journey.start <= journey.end
            && journey.totals.work <= journey.totals.elapsed
            && journey.totals.waiting == journey.totals.elapsed - journey.totals.work
            && journey.steps.allSatisfy { $0.spanIDs.count <= Journey.Step.maximumSpans }
    }

    @Test(
        "no span traps a journey or a report on sagas; they stay bounded and can be shown",
        arguments: [0, 1, 2, 3, 4, 5] as [UInt64])
    func bounds(seed: UInt64) {
        var hostile = HostileSpans(seed: seed)
        var all: [Span] = []
        for round in 0..<60 {
            let spans = hostile.next()
            all += spans
            let whole = Journey(spans)
            let journey = Journey(spans, of: Self.subjects[round % Self.subjects.count], maximumSteps: 20)
            #expect(isBounded(whole) && isBounded(journey))
            if round % 6 == 0 { #expect(JourneyPanel(whole).isSafe && JourneyPanel(journey).isSafe) }
        }
        for now in [nil, 0, .max] as [UInt64?] {
            let report = sagas(all, at: now)
            #expect(report.unfinished.count <= SagaReport.maximumUnfinished)
            #expect(report.rows.allSatisfy { $0.count > 0 })
            #expect(SagaPanel(report).isSafe)
        }
    }

    @Test("journeys and sagas do not depend on the order of arrival", arguments: [1, 2, 3, 4] as [UInt64])
    func order(seed: UInt64) {
        var hostile = HostileSpans(seed: seed, isConsistent: true)
        var generator = SplitMix64(seed: seed)
        var all: [Span] = []
        for _ in 0..<40 {
            let spans = hostile.next()
            all += spans
            let shuffled = spans.shuffled(using: &generator)
            #expect(Journey(shuffled) == Journey(spans))
            for subject in Self.subjects { #expect(Journey(shuffled, of: subject) == Journey(spans, of: subject)) }
        }
        let report = sagas(all)
        #expect(!report.rows.isEmpty)
        #expect(sagas(all.shuffled(using: &generator)) == report)
    }

    @Test("of two ends of one saga the earlier counts, whichever comes first")
    func twoEnds() throws {
        func end(_ state: String, at time: UnixNanoseconds) -> Span {
            Span(
                traceID: TraceID(high: 0, low: time), spanID: SpanID(1), name: "saga", start: 1, end: time,
                attributes: [
                    Attribute(SemanticConventions.sagaName, "checkout"), Attribute(SemanticConventions.sagaID, "a"),
                    Attribute(SemanticConventions.sagaState, .string(state)),
                ])
        }
        let spans = [end("completed", at: 20), end("compensated", at: 10), end("completed", at: 10)]
        for spans in [spans, spans.reversed()] {
            let row = try #require(sagas(spans).rows.first)
            #expect(row.compensated == 1)
            #expect(row.durations.max == 9)
        }
    }

    @Test("a span may link to any number of traces, with any number of spans below", .timeLimit(.minutes(2)))
    func links() {
        let root = TraceID(high: 0, low: 1)
        let links = (2...UInt64(20_000)).map { SpanLink(traceID: TraceID(high: 0, low: $0), spanID: SpanID($0)) }
        var spans = [
            Span(
                traceID: root, spanID: SpanID(1), name: "process", kind: .consumer, start: 1, end: 2, links: links,
                resource: Resource(attributes: [Attribute(SemanticConventions.serviceName, "a")]))
        ]
        for number in UInt64(2)...20_000 {
            spans.append(
                Span(
                    traceID: root, spanID: SpanID(number), parentSpanID: SpanID(1), name: "work", start: 1, end: .max))
        }
        spans.append(Span(traceID: TraceID(high: 0, low: 2), spanID: SpanID(2), name: "send", start: 0, end: 1))
        #expect(Journey(spans).traces.count == 2)
        #expect(Journey(spans, of: .trace(root)).totals.spans == 20_000)
        #expect(JourneyPanel(Journey(spans)).isSafe)
    }

    @Test("steps that were undone are named up to a bound")
    func undone() {
        let saga = Journey.Saga(
            name: "s", id: "a", state: .compensated, start: 0, end: 1, undone: (0..<5000).map { "step-\($0)" })
        let text = JourneyPanel.verdict(Journey(outcome: .compensated, sagas: [saga])).text
        #expect(text.contains("step-7") && !text.contains("step-8,"))
        #expect(text.contains("4,992 more were undone"))
    }
}
