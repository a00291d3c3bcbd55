import ClewAnalysis
import ClewModel
import Testing

@Suite("Slow and typical requests")
struct TailSplitTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A trace of one span that takes some milliseconds.
    private func trace(
        _ number: UInt64, milliseconds: UInt64, isError: Bool = false, route: String = "GET /"
    ) -> LoggedTrace {
        var builder = TraceBuilder(number)
        builder.add(
            "gateway", route, .server, 0...(milliseconds * Self.millisecond), status: isError ? .error : .unset)
        return LoggedTrace(builder.spans.map { LoggedTrace.Member.span(ExplainSpan($0)) })
    }

    private func sides(_ traces: [LoggedTrace]) -> [TailSplit.Side?] {
        var split = TailSplit()
        for trace in traces { for span in trace.spans { split.add(span.summary) } }
        split.finish()
        return traces.map { split.side(of: $0) }
    }

    @Test("the slowest tenth is slow, what is up to the median typical, and the rest neither")
    func tenth() {
        let sides = sides((1...20).map { trace($0, milliseconds: $0) })
        #expect(sides.prefix(10).allSatisfy { $0 == .typical })
        #expect(sides[10..<18].allSatisfy { $0 == nil })
        #expect(sides.suffix(2).allSatisfy { $0 == .slow })
    }

    @Test("each route has its own tenth, and a lone request nothing to compare with")
    func routes() {
        let sides = sides([
            trace(1, milliseconds: 1), trace(2, milliseconds: 2),
            trace(3, milliseconds: 900, route: "GET /report"), trace(4, milliseconds: 901, route: "GET /report"),
            trace(5, milliseconds: 5, route: "GET /lonely"),
        ])
        #expect(sides == [.typical, .slow, .typical, .slow, nil])
    }

    @Test("equal durations are told apart, so that a tenth is a tenth")
    func ties() {
        let sides = sides((1...30).map { trace($0, milliseconds: 7) })
        #expect(sides.count { $0 == .slow } == 3)
        #expect(sides.count { $0 == .typical } == 15)
    }

    @Test("a request that failed fast is neither, one that timed out is slow")
    func failures() {
        var traces = (1...18).map { trace($0, milliseconds: 10 + $0) }
        traces += [trace(19, milliseconds: 1, isError: true), trace(20, milliseconds: 5000, isError: true)]
        let sides = sides(traces)
        #expect(sides[18] == nil)
        #expect(sides[19] == .slow)
    }

    @Test("the root is found without putting the trace together, and records stay with their trace")
    func root() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "GET /", .server, 5...100)
        builder.add("orders", "GET /orders", .server, 1...50, in: root)
        let record = LogRecord(
            time: 1, body: .string("stock is low"), traceID: builder.traceID, spanID: root)
        var members = builder.spans.map { LoggedTrace.Member.span(ExplainSpan($0)) }
        if let member = LoggedTrace.Member(record) { members.insert(member, at: 0) }
        let trace = LoggedTrace(members)
        #expect(trace.root?.spanID == root)
        #expect(trace.records.map(\.body.stringValue) == ["stock is low"])
        #expect(LoggedTrace.Member(LogRecord(time: 1, body: .string("of no trace"))) == nil)
    }
}
