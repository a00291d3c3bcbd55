import ClewAnalysis
import ClewModel
import Testing

@Suite("Grouping spans into traces")
struct TraceGrouperTests {
    private func span(_ trace: UInt64, _ id: UInt64) -> SpanSummary {
        SpanSummary(
            traceID: TraceID(high: 0, low: trace), spanID: SpanID(id), service: "s", name: "n", start: 0, end: 1)
    }

    @Test("interleaved spans come out by trace, none lost")
    func interleaved() {
        var grouper = TraceGrouper<SpanSummary>()
        for id in UInt64(1)...10 { for trace in UInt64(1)...5 { grouper.add(span(trace, id)) } }
        let groups = grouper.finish()
        #expect(groups.map { $0[0].traceID.low } == [1, 2, 3, 4, 5])
        #expect(
            groups.allSatisfy { group in
                group.map(\.spanID.value) == Array(1...10) && group.allSatisfy { $0.traceID == group[0].traceID }
            })
        #expect(grouper.droppedSpans == 0)
        #expect(grouper.keptShare == 1)
        #expect(grouper.spanCount == 0)
    }

    @Test("when memory runs out whole traces are dropped and counted, and the rest stay complete")
    func bounded() {
        var grouper = TraceGrouper<SpanSummary>(maximumSpans: 1000)
        for id in UInt64(1)...10 { for trace in UInt64(1)...1000 { grouper.add(span(trace, id)) } }
        #expect(grouper.spanCount <= 1000)
        let groups = grouper.finish()
        #expect(groups.allSatisfy { $0.count == 10 })
        #expect((20...100).contains(groups.count))
        #expect(grouper.keptShare == 0.0625)
        #expect(grouper.droppedSpans == 10_000 - 10 * groups.count)
    }

    @Test("a trace above its own bound is dropped alone")
    func oversized() {
        var grouper = TraceGrouper<SpanSummary>(maximumSpans: 1000, maximumSpansPerTrace: 100)
        for id in UInt64(1)...500 { grouper.add(span(1, id)) }
        for id in UInt64(1)...100 { grouper.add(span(2, id)) }
        #expect(grouper.oversizedTraces == 1)
        #expect(grouper.droppedSpans == 500)
        #expect(grouper.finish().map(\.count) == [100])
    }

    @Test("a single trace above the whole bound ends with nothing kept")
    func nothingFits() {
        var grouper = TraceGrouper<SpanSummary>(maximumSpans: 10)
        for id in UInt64(1)...50 { grouper.add(span(1, id)) }
        #expect(grouper.droppedSpans + grouper.spanCount == 50)
        #expect(grouper.spanCount == 0)
    }
}
