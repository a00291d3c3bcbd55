import ClewAnalysis
import ClewModel
import Testing

@Suite("Critical path")
struct CriticalPathTests {
    // root  |----------------------|  0-100
    // a        |----|                 10-30
    // b                |-------|      50-90
    @Test("children one after the other are on the path, the gaps are their parent's")
    func sequential() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "a", .internal, 10...30, in: root)
        builder.add("gateway", "b", .internal, 50...90, in: root)
        let trace = builder.trace
        let path = CriticalPath(of: trace)
        #expect(path.text(in: trace) == ["root 0-10", "a 10-30", "root 30-50", "b 50-90", "root 90-100"])
        #expect(path.ownTime(of: 0) == 40)
        #expect(path.duration == 100)
        #expect(path.hops.map(\.ownTime) == [40, 20, 40])
    }

    // root  |----------------------|  0-100
    // fast    |------|                10-40
    // slow    |-----------------|     10-90
    @Test("of parallel children only the one that ends last counts")
    func parallel() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "fast", .internal, 10...40, in: root)
        builder.add("gateway", "slow", .internal, 10...90, in: root)
        let trace = builder.trace
        let path = CriticalPath(of: trace)
        #expect(path.text(in: trace) == ["root 0-10", "slow 10-90", "root 90-100"])
        #expect(!path.contains(trace.place("fast")))
    }

    // root  |----------------------|  0-100
    // a     |-----------|             0-60
    // b              |---------|      40-90
    // c        |--|                   10-20
    @Test("a child still running when the next on the path starts is not waited for, an earlier one is")
    func overlapping() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "a", .internal, 0...60, in: root)
        builder.add("gateway", "b", .internal, 40...90, in: root)
        builder.add("gateway", "c", .internal, 10...20, in: root)
        let trace = builder.trace
        let expected = ["root 0-10", "c 10-20", "root 20-40", "b 40-90", "root 90-100"]
        #expect(CriticalPath(of: trace).text(in: trace) == expected)
    }

    @Test("an overlap of less than a hundredth is two spans after each other")
    func slack() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...10_000)
        builder.add("gateway", "a", .internal, 0...5010, in: root)
        builder.add("gateway", "b", .internal, 5000...10_000, in: root)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["a 0-5000", "b 5000-10000"])
    }

    // root   |-----------|             0-100
    // child       |------------|       50-150
    // inner            |-----|         80-140
    @Test("a child that outlives its parent is clipped, and so is what is below it")
    func outlives() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        let child = builder.add("gateway", "child", .internal, 50...150, in: root)
        builder.add("gateway", "inner", .internal, 80...140, in: child)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["root 0-50", "child 50-80", "inner 80-100"])
        #expect(trace.annotations(of: 1) == .outlivesParent)
    }

    @Test("of children that reach the parent's end, the one that ended with it was waited for")
    func outlivingBesideContained() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "background", .internal, 5...500, in: root)
        builder.add("gateway", "awaited", .internal, 20...100, in: root)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["root 0-20", "awaited 20-100"])
    }

    // root         |--------------------|          0-100
    // background      |--------------------------| 5-500
    // awaited            |------------|            20-90
    @Test("a background task does not hide the child that was waited for beside it")
    func background() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "background", .internal, 5...500, in: root)
        builder.add("gateway", "awaited", .internal, 20...90, in: root)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["root 0-20", "awaited 20-90", "background 90-100"])
    }

    // client  |--------------|           0-1000, gave up
    // server      |----------------|     100-2000
    // query           |---------|        300-1800
    @Test("a call that was given up was waited for until then, down to the query that took so long")
    func timeout() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...1000)
        let server = builder.add("orders", "server", .server, 100...2000, in: client)
        builder.add("orders", "query", .client, 300...1800, in: server)
        builder.add("orders", "quick", .client, 310...320, in: server)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["client 0-100", "server 100-300", "query 300-1000"])
    }

    // root      |----------|   100-200
    // child  |-----|           50-140
    @Test("a child that starts before its parent is clipped")
    func startsBefore() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 100...200)
        let child = builder.add("gateway", "child", .internal, 50...140, in: root)
        builder.add("gateway", "inner", .internal, 60...110, in: child)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["inner 100-110", "child 110-140", "root 140-200"])
    }

    @Test("children of zero length explain nothing")
    func zeroLength() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "instant", .internal, 50...50, in: root)
        builder.add("gateway", "at the end", .internal, 100...100, in: root)
        let trace = builder.trace
        #expect(CriticalPath(of: trace).text(in: trace) == ["root 0-100"])
        #expect(!CriticalPath(of: trace).contains(1))
    }

    // client  |----------------|   0-100
    // server     |--------|        30-80
    @Test("the gap between client and server span is the client's own time")
    func network() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...100)
        builder.add("orders", "server", .server, 30...80, in: client)
        let hops = CriticalPath(of: builder.trace).hops
        #expect(hops.map(\.ownTime) == [50, 50])
        #expect(hops.map(\.hop.name) == ["gateway->orders", "orders"])
    }

    // root      |----------------------|   0-100
    // publish     |--|                     10-20
    // consumer       |-------------------------|   15-200, and one wholly after
    @Test("a consumer that outlives its producer is not waited for")
    func consumers() {
        var builder = TraceBuilder()
        let root = builder.add("orders", "root", .server, 0...100)
        let publish = builder.add("orders", "publish", .producer, 10...20, in: root)
        builder.add("shipping", "overlapping", .consumer, 15...200, in: publish)
        builder.add("payments", "after", .consumer, 300...400, in: publish)
        builder.add("inventory", "below the entry", .consumer, 30...150, in: root)
        let trace = builder.trace
        let path = CriticalPath(of: trace)
        #expect(path.text(in: trace) == ["root 0-10", "publish 10-20", "root 20-100"])
    }

    @Test("a span whose children explain all of its time is on the path with no own time")
    func fullyExplained() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 0...100)
        builder.add("gateway", "all", .internal, 0...100, in: root)
        let path = CriticalPath(of: builder.trace)
        #expect(path.contains(0))
        #expect(path.ownTime(of: 0) == 0)
        #expect(path.ownTime(of: 1) == 100)
    }

    @Test("own times sum to the root's duration on 3000 random traces")
    func invariant() {
        for seed in UInt64(0)..<3000 {
            let trace = Trace(spans: RandomTrace.spans(seed: seed))
            let path = CriticalPath(of: trace)
            let root = trace.root ?? -1
            #expect(path.duration == trace.end(of: root) - trace.start(of: root), "seed \(seed)")
            #expect(trace.spans.indices.reduce(0) { $0 + path.ownTime(of: $1) } == path.duration, "seed \(seed)")
            #expect(path.hops.reduce(0) { $0 + $1.ownTime } == path.duration, "seed \(seed)")
            expectPartition(path, of: trace, root, seed)
        }
    }

    @Test("a trace assembles the same from any order of its spans")
    func orderIndependent() {
        for seed in UInt64(0)..<500 {
            var generator = SplitMix64(seed: seed)
            let spans = RandomTrace.spans(seed: seed)
            let (one, other) = (Trace(spans: spans), Trace(spans: spans.shuffled(using: &generator)))
            #expect(one.spans == other.spans, "seed \(seed)")
            #expect(one.roots == other.roots, "seed \(seed)")
            #expect(one.spans.indices.map(one.annotations) == other.spans.indices.map(other.annotations))
            #expect(CriticalPath(of: one).segments == CriticalPath(of: other).segments, "seed \(seed)")
        }
    }

    @Test("every span of a random trace is placed once, below its parent")
    func structure() {
        for seed in UInt64(0)..<1000 {
            let spans = RandomTrace.spans(seed: seed)
            let trace = Trace(spans: spans)
            #expect(Set(trace.spans.map(\.spanID)) == Set(spans.map(\.spanID)))
            #expect(
                trace.roots.count + trace.spans.indices.reduce(0) { $0 + trace.children(of: $1).count } == trace.count)
            for index in trace.spans.indices {
                #expect(trace.children(of: index).allSatisfy { trace.parent(of: $0) == index })
                #expect(trace.end(of: index) - trace.start(of: index) == trace.spans[index].duration)
            }
        }
    }

    private func expectPartition(_ path: CriticalPath, of trace: Trace, _ root: Int, _ seed: UInt64) {
        var cursor = trace.start(of: root)
        for segment in path.segments {
            #expect(segment.from == cursor && segment.to > segment.from, "seed \(seed)")
            #expect(path.contains(segment.span))
            let (start, end) = (trace.start(of: segment.span), trace.end(of: segment.span))
            #expect(start <= segment.from && segment.to <= end, "seed \(seed)")
            cursor = segment.to
        }
        #expect(cursor == trace.end(of: root), "seed \(seed)")
    }
}
