import ClewAnalysis
import ClewModel
import Testing

@Suite("Traces of a million spans")
struct LargeTraceTests {
    private static let count = 1_000_000

    private func spans(_ make: (Int) -> (parent: Int?, start: Int, end: Int)) -> [SpanSummary] {
        (0..<Self.count).map { number in
            let (parent, start, end) = make(number)
            return SpanSummary(
                traceID: TraceID(high: 0, low: 1), spanID: SpanID(UInt64(number + 1)),
                parentSpanID: parent.map { SpanID(UInt64($0 + 1)) }, service: "s", name: "n", kind: .internal,
                start: UInt64(start), end: UInt64(end))
        }
    }

    @Test("a chain a million deep, sent last first")
    func chain() {
        let count = Self.count
        let trace = Trace(spans: spans { ($0 == 0 ? nil : $0 - 1, $0, 3 * count - $0) }.reversed())
        let path = CriticalPath(of: trace)
        #expect(trace.count == count)
        #expect(trace.depth(of: count - 1) == count - 1)
        #expect(path.segments.count == 2 * count - 1)
        #expect(path.ownTime(of: 0) == 2)
        #expect(path.ownTime(of: count - 1) == UInt64(count + 2))
    }

    @Test("a million children of one span, in sequence")
    func sequentialChildren() {
        let trace = Trace(spans: spans { $0 == 0 ? (nil, 0, 2 * Self.count) : (0, 2 * $0, 2 * $0 + 1) })
        let path = CriticalPath(of: trace)
        #expect(trace.children(of: 0).count == Self.count - 1)
        #expect(path.ownTime(of: 0) == UInt64(Self.count + 1))
        #expect(path.ownTime(of: Self.count - 1) == 1)
    }

    @Test("a million parallel children of one span")
    func parallelChildren() {
        let trace = Trace(spans: spans { $0 == 0 ? (nil, 0, 2 * Self.count) : (0, 1, 1 + $0) })
        let path = CriticalPath(of: trace)
        #expect(path.segments.count == 3)
        #expect(path.ownTime(of: 0) == UInt64(Self.count + 1))
    }

    @Test("a million spans in one cycle")
    func cycle() {
        let trace = Trace(spans: spans { (($0 + 1) % Self.count, 10, 20) })
        #expect(trace.roots.count == 1)
        #expect(trace.annotations(of: 0) == .cycle)
        #expect(trace.count == Self.count)
    }
}
