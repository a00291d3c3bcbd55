import ClewAnalysis
import ClewModel
import Testing

@Suite("Clock skew")
struct ClockSkewTests {
    // client |----------------------|            0...1000
    // server                            |----|   5000...5600, its clock 4800 ahead
    @Test("a server span outside its client span is centred in it, and its service's spans move with it")
    func centred() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...1000)
        let server = builder.add("orders", "server", .server, 5000...5600, in: client)
        builder.add("orders", "work", .internal, 5100...5200, in: server)
        let trace = builder.trace
        #expect(trace.clockOffset(of: 1) == -4800)
        #expect((trace.start(of: 1), trace.end(of: 1)) == (200, 800))
        #expect((trace.start(of: 2), trace.end(of: 2)) == (300, 400))
        #expect(trace.annotations(of: 1) == .clockSkew)
        #expect(trace.annotations(of: 2).isEmpty)
        #expect(trace.spans[1].start == 5000)
    }

    @Test("a clock that lags is moved forward")
    func lagging() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 10_000...11_000)
        builder.add("orders", "server", .server, 0...500, in: client)
        #expect(builder.trace.clockOffset(of: 1) == 10_250)
    }

    @Test("a callee on the same skewed host gets its caller's offset, not a guess of its own")
    func sharedHost() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...1000)
        let server = builder.add("orders", "server", .server, 5000...5800, in: client)
        let inner = builder.add("orders", "inner client", .client, 5100...5700, in: server)
        builder.add("payments", "inner server", .server, 5110...5690, in: inner)
        let trace = builder.trace
        #expect(trace.clockOffset(of: trace.place("inner server")) == trace.clockOffset(of: trace.place("server")))
        #expect(trace.annotations(of: trace.place("inner server")).isEmpty)
    }

    @Test("a server that ends just after its client is no skew")
    func slack() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...1000)
        builder.add("orders", "server", .server, 100...1050, in: client)
        #expect(builder.trace.clockOffset(of: 1) == 0)
        #expect(builder.trace.annotations(of: 1) == .outlivesParent)
    }

    @Test("a server that outlasts the client that gave up on it is not moved")
    func timeout() {
        var builder = TraceBuilder()
        let client = builder.add("gateway", "client", .client, 0...1000)
        builder.add("orders", "server", .server, 100...5000, in: client)
        #expect(builder.trace.clockOffset(of: 1) == 0)
        #expect(builder.trace.annotations(of: 1) == .outlivesParent)
    }

    @Test("a consumer may run long after its producer, but not before it")
    func consumer() {
        var builder = TraceBuilder()
        let producer = builder.add("orders", "publish", .producer, 10_000...10_100)
        builder.add("shipping", "late", .consumer, 50_000...60_000, in: producer)
        builder.add("payments", "early", .consumer, 4000...5000, in: producer)
        let trace = builder.trace
        #expect(trace.clockOffset(of: trace.place("late")) == 0)
        #expect(trace.annotations(of: trace.place("late")) == .outlivesParent)
        #expect(trace.start(of: trace.place("early")) == 10_000)
        #expect(trace.annotations(of: trace.place("early")).contains(.clockSkew))
    }

    @Test("whatever the clocks of the services, each span's own time is what it is with true ones")
    func invariance() {
        for seed in UInt64(0)..<300 {
            var shop = SyntheticShop(seed: seed)
            let honest = shop.trace()
            var offsets = ["gateway": UInt64(0)]
            for service in honest.services.dropFirst() {
                // Further off than any span is long.
                offsets[service] = .random(in: 1_000_000_000...9_000_000_000, using: &shop.generator)
            }
            let skewed = Trace(
                spans: honest.spans.map { span in
                    var span = span
                    span.start += offsets[span.service] ?? 0
                    span.end += offsets[span.service] ?? 0
                    return span
                })
            let (one, other) = (CriticalPath(of: honest), CriticalPath(of: skewed))
            #expect(one.hops == other.hops, "seed \(seed)")
            let callee = skewed.place("POST /orders")
            #expect(skewed.annotations(of: callee) == .clockSkew)
            #expect(skewed.annotations(of: skewed.place("INSERT")).isEmpty)
        }
    }

    @Test("a child of the same service that starts before its parent is annotated and not moved")
    func sameService() {
        var builder = TraceBuilder()
        let root = builder.add("gateway", "root", .server, 100...200)
        builder.add("gateway", "early", .internal, 50...120, in: root)
        let trace = builder.trace
        #expect(trace.clockOffset(of: 1) == 0)
        #expect(trace.annotations(of: 1) == .clockSkew)
        #expect(CriticalPath(of: trace).text(in: trace) == ["early 100-120", "root 120-200"])
    }
}
