import ClewAnalysis
import ClewModel
import Testing

@testable import clew_cli

@Suite("Journey search")
struct JourneySearchTests {
    /// Answers from spans at hand, by the definition that every store agrees with.
    private struct MemorySource: TelemetrySource {
        let isFile = true
        var all: [Span]

        func trace(_ id: TraceID) -> [Span] { all.filter { $0.traceID == id } }
        func baseline(of id: TraceID, window: UInt64?) -> OperationBaseline { OperationBaseline() }
        func spans(_ query: SpanQuery) -> [Span] { Array(all.filter(query.matches).prefix(query.limit)) }
        func logs(_ query: LogQuery) -> [LogRecord] { [] }
        func map(_ time: Range<UnixNanoseconds>) -> ServiceMap { ServiceMap() }
        func slow(_ question: SlowQuestion) -> [SlowReport] { [] }
        func profile(_ question: ProfileQuestion) -> [CallProfile] { [] }
        func explain(_ question: ExplainQuestion) throws(Failure) -> Explanation {
            throw Failure(.usage, "a test explains nothing")
        }
        func audit(_ question: AuditQuestion) -> AuditReport { Audit(from: 0, to: 0).finish() }
        func sagas(_ time: Range<UnixNanoseconds>) -> SagaReport { SagaReport(from: 0, to: 0) }
        func red(_ question: REDQuestion) -> REDReport { REDReport(from: 0, to: 0, step: 1, rows: []) }
        func status() throws(Failure) -> CollectorStatus { throw Failure(.usage, "a test has no status") }
    }

    private static let hour: UInt64 = 3600 * .nanosecondsPerSecond

    private func span(
        _ trace: UInt64, _ kind: SpanKind, at start: UInt64, links: [UInt64] = [], _ attributes: Attributes = []
    ) -> Span {
        Span(
            traceID: TraceID(high: 0, low: trace), spanID: SpanID(trace), name: "span \(trace)", kind: kind,
            start: start, end: start + 1000, attributes: attributes,
            links: links.map { SpanLink(traceID: TraceID(high: 0, low: $0), spanID: SpanID($0)) })
    }

    private func search(
        _ spans: [Span], _ subject: JourneySubject, window: Range<UInt64>? = nil
    ) async throws -> JourneySearch.Result {
        let search = JourneySearch(
            source: MemorySource(all: spans), window: window ?? 0..<UInt64.max, staysInWindow: window != nil)
        return try await search.run(subject)
    }

    private func traces(_ result: JourneySearch.Result) -> [UInt64] { result.spans.map(\.traceID.low).sorted() }

    private let orders = Attribute(SemanticConventions.messagingDestinationName, "orders")
    private let correlation = Attribute(SemanticConventions.correlationID, "c-1")

    @Test("links are followed in both directions, from whichever trace is named", arguments: [1, 2, 3] as [UInt64])
    func links(first: UInt64) async throws {
        let spans = [
            span(1, .server, at: 10 * Self.hour), span(2, .producer, at: 10 * Self.hour, links: [1]),
            span(3, .consumer, at: 20 * Self.hour, links: [2]), span(4, .server, at: 10 * Self.hour),
        ]
        let found = try await search(spans, .trace(TraceID(high: 0, low: first)))
        #expect(traces(found) == [1, 2, 3])
        #expect(!found.isCut)
        #expect(found.notes.isEmpty)
    }

    @Test("an attribute leads to its trace, and from there its correlation id to the others")
    func attribute() async throws {
        let spans = [
            span(1, .server, at: 0, [correlation, Attribute(SemanticConventions.orderID, "o-1")]),
            span(2, .server, at: 5000, [correlation]),
        ]
        let condition = AttributeCondition(SemanticConventions.orderID, .equal, "o-1")
        #expect(traces(try await search(spans, .attribute(condition))) == [1, 2])
    }

    @Test("a window that was named is not left")
    func window() async throws {
        let spans = [span(1, .server, at: 0), span(2, .consumer, at: 5000, links: [1])]
        let found = try await search(spans, .trace(TraceID(high: 0, low: 1)), window: 0..<5000)
        #expect(traces(found) == [1])
    }

    @Test("other orders' messages show whether a destination has consumers")
    func consumers() async throws {
        let sent = [span(1, .producer, at: 0, [orders]), span(2, .producer, at: 0, [orders])]
        let subject = JourneySubject.trace(TraceID(high: 0, low: 1))
        #expect(try await search(sent, subject).consumed.isEmpty)
        // The consumer is named after its queue, so that only its link tells where its messages come from.
        let queue = Attribute(SemanticConventions.messagingDestinationName, "orders.digest")
        let received = sent + [span(3, .consumer, at: 9000, links: [2], [queue])]
        #expect(try await search(received, subject).consumed == ["orders"])
    }

    @Test("more than one question may answer with is said to be cut")
    func cut() async throws {
        let spans = (1...UInt64(JourneySearch.spanLimit)).map { span($0, .server, at: $0, [correlation]) }
        let found = try await search(spans, .correlation("c-1"))
        #expect(found.isCut)
        #expect(found.spans.count == JourneyJoin.maximumTraces)
        #expect(found.notes.count == 1)
    }

    @Test("exactly one of a trace, a correlation id and an attribute is asked by")
    func questions() throws {
        let id = String(repeating: "a", count: 32)
        let trace = try #require(TraceID(hex: id))
        #expect(try JourneyQuestion(id: id).subject() == .trace(trace))
        #expect(try JourneyQuestion(correlation: "c").subject() == .correlation("c"))
        #expect(
            try JourneyQuestion(attribute: "order.id=o-1").subject()
                == .attribute(AttributeCondition("order.id", .equal, "o-1")))
        for wrong in [
            JourneyQuestion(), JourneyQuestion(id: id, correlation: "c"), JourneyQuestion(id: "o-1"),
            JourneyQuestion(correlation: ""), JourneyQuestion(attribute: "=x"),
        ] {
            let failure = #expect(throws: Failure.self) { try wrong.subject() }
            #expect(failure?.code == .usage)
        }
    }
}
