import ClewAnalysis
import ClewModel
import Testing

@Suite("Assembling a trace")
struct TraceTests {
    @Test("spans in any order are shown parents first, siblings by start")
    func displayOrder() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        let second = builder.add("gateway", "second", .internal, 50...90, in: root)
        builder.add("gateway", "first", .internal, 10...40, in: root)
        builder.add("gateway", "below second", .internal, 60...70, in: second)
        for spans in [builder.spans, builder.spans.reversed()] {
            let trace = Trace(spans: spans)
            #expect(trace.names == ["root", "first", "second", "below second"])
            #expect(trace.root == 0)
            #expect(Array(trace.children(of: 0)) == [1, 2])
            #expect(trace.children(of: 1).isEmpty)
            #expect(trace.parent(of: 3) == 2)
            #expect(trace.parent(of: 0) == nil)
            #expect((0..<4).map(trace.depth) == [0, 1, 1, 2])
            #expect((0..<4).allSatisfy { trace.annotations(of: $0).isEmpty })
            #expect(trace.isComplete)
        }
    }

    @Test("siblings that start together are shown by span id")
    func stableOrder() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100, id: SpanID(50))
        builder.add("gateway", "b", .internal, 10...20, in: root, id: SpanID(9))
        builder.add("gateway", "a", .internal, 10...20, in: root, id: SpanID(3))
        #expect(builder.trace.names == ["root", "a", "b"])
    }

    @Test("an empty trace has no root")
    func empty() {
        let trace = Trace(spans: [])
        #expect(trace.root == nil)
        #expect(trace.count == 0)
        #expect(!trace.isComplete)
        #expect(CriticalPath(of: trace).duration == 0)
        #expect(CriticalPath(of: trace).hops.isEmpty)
    }

    @Test("of a span sent twice the first is kept and annotated")
    func duplicate() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "sent first", .internal, 10...20, in: root, id: SpanID(7))
        builder.add("gateway", "sent again", .internal, 10...25, in: root, id: SpanID(7))
        let trace = builder.trace
        #expect(trace.names == ["root", "sent first"])
        #expect(trace.annotations(of: 1) == .duplicate)
    }

    @Test(
        "a client and a server span of one id, as Zipkin sends them, are caller and callee", arguments: [false, true])
    func sharedID(reversed: Bool) {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "client", .client, 10...90, in: root, id: SpanID(7))
        builder.add("orders", "server", .server, 20...80, in: root, id: SpanID(7))
        builder.add("orders", "work", .internal, 30...70, in: SpanID(7))
        builder.add("gateway", "beside", .internal, 12...13, in: SpanID(7))
        let trace = Trace(spans: reversed ? builder.spans.reversed() : builder.spans)
        #expect(trace.names == ["root", "client", "beside", "server", "work"])
        #expect((0..<5).map(trace.depth) == [0, 1, 2, 2, 3])
        #expect((0..<5).allSatisfy { trace.annotations(of: $0).isEmpty })
    }

    @Test("spans without their parent become annotated roots, and the true root goes before them")
    func missingParent() {
        var builder = TraceBuilder()
        builder.add("orders", "lost early", .server, 5...30, in: SpanID(99))
        let root = builder.add("gateway", "root", .server, 10...100)
        builder.add("gateway", "child", .internal, 20...30, in: root)
        let trace = builder.trace
        #expect(trace.roots == [0, 1])
        #expect(trace.root == trace.place("root"))
        #expect(trace.annotations(of: trace.place("lost early")) == .missingParent)
        #expect(trace.isComplete)
        let partial = Trace(spans: builder.spans.filter { $0.name != "root" })
        #expect(partial.root == partial.place("lost early"))
        #expect(!partial.isComplete)
    }

    @Test("of several roots a true one goes first, then an entry, then the earliest")
    func rootPreference() {
        var builder = TraceBuilder()
        builder.add("gateway", "orphan entry", .server, 0...100, in: SpanID(99))
        builder.add("gateway", "internal", .internal, 10...100)
        builder.add("gateway", "late entry", .server, 30...100)
        builder.add("gateway", "entry", .server, 20...100)
        var spans = builder.spans
        for expected in ["entry", "late entry", "internal", "orphan entry"] {
            let trace = Trace(spans: spans)
            #expect(trace.root == trace.place(expected))
            spans.removeAll { $0.name == expected }
        }
    }

    @Test("a cycle is cut at its earliest span, whatever the order of arrival", arguments: [false, true])
    func cycle(reversed: Bool) {
        var builder = TraceBuilder()
        builder.add("gateway", "b", .internal, 20...80, in: SpanID(3))
        builder.add("gateway", "a", .internal, 10...90, in: SpanID(1))
        builder.add("gateway", "c", .internal, 30...70, in: SpanID(2))
        builder.add("gateway", "tail", .internal, 40...50, in: SpanID(3))
        let trace = Trace(spans: reversed ? builder.spans.reversed() : builder.spans)
        #expect(trace.names == ["a", "c", "b", "tail"])
        #expect(trace.annotations(of: 0) == .cycle)
        #expect(trace.roots == [0])
    }

    @Test("a span that is its own parent is a root")
    func selfParent() {
        var builder = TraceBuilder()
        builder.add("gateway", "a", .internal, 10...90, in: SpanID(1))
        #expect(builder.trace.annotations(of: 0) == .cycle)
    }

    @Test("a span that ends before it starts is zero long and keeps its sent times")
    func endBeforeStart() {
        var builder = TraceBuilder()
        builder.add("gateway", "root", .server, 50...50)
        var spans = builder.spans
        spans[0].end = 20
        let trace = Trace(spans: spans)
        #expect(trace.annotations(of: 0) == .endsBeforeStart)
        #expect((trace.start(of: 0), trace.end(of: 0)) == (50, 50))
        #expect(trace.spans[0].end == 20)
        #expect(CriticalPath(of: trace).segments.isEmpty)
        #expect(CriticalPath(of: trace).contains(0))
    }

    @Test("services are listed once, in order of appearance")
    func services() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("orders", "a", .server, 10...20, in: root)
        builder.add("gateway", "b", .internal, 30...40, in: root)
        #expect(builder.trace.services == ["gateway", "orders"])
    }

    @Test("many spans of one id are linear work and lose nothing silently")
    func manySpansOfOneID() {
        var builder = TraceBuilder()
        for number in 0..<5000 { builder.add("service \(number)", "span", .server, 0...10, id: SpanID(1)) }
        let trace = builder.trace
        #expect(trace.count < 20)
        #expect(trace.spans.indices.contains { trace.annotations(of: $0).contains(.duplicate) })
    }

    @Test("times at both ends of the clock do not overflow")
    func extremeTimes() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .client, 0...(.max))
        let far = builder.add("orders", "far", .server, (.max - 5)...(.max), in: root)
        builder.add("payments", "near", .server, 0...5, in: far)
        builder.add("payments", "whole", .server, 0...(.max), in: far)
        #expect(CriticalPath(of: builder.trace).duration == .max)
    }
}
