import ClewAnalysis
import ClewModel
import Foundation
import Testing

@Suite("Operation baseline")
struct OperationBaselineTests {
    private func histogram(_ durations: [UInt64]) -> DurationHistogram {
        var histogram = DurationHistogram()
        for duration in durations { histogram.record(duration) }
        return histogram
    }

    @Test("only the trace's operations are counted, and neither the trace itself nor an empty one")
    func scope() {
        let trace = CheckoutTraces.trace(1)
        var elsewhere = TraceBuilder(3)
        elsewhere.add("gateway", "GET /health", .server, 0...1000)
        let baseline = OperationBaseline(
            of: trace, in: [trace, CheckoutTraces.trace(2), elsewhere.trace, Trace(spans: [])])
        #expect(baseline.operations.map(\.operation.name) == ["POST /checkout", "POST", "POST /orders", "SELECT item"])
        #expect(baseline.operations.map(\.operation.target) == ["", "orders", "", "orders"])
        #expect(baseline.operations.map(\.count) == [1, 1, 1, 1])
        #expect(baseline.traceCount == 2)
        #expect(baseline.route?.count == 1)
        #expect(baseline.route?.operation == baseline.operations.first?.operation)
    }

    @Test("durations, own times, errors and calls are those of the other traces")
    func figures() throws {
        let others = [
            CheckoutTraces.trace(2, queries: 2), CheckoutTraces.trace(3, queries: 2, isFailed: true),
            CheckoutTraces.trace(4, queries: 0),
        ]
        let baseline = OperationBaseline(of: CheckoutTraces.trace(1), in: others)
        let ms = CheckoutTraces.ms
        let orders = try #require(baseline.operations.first { $0.operation.name == "POST /orders" })
        #expect(orders.durations == histogram([18 * ms, 18 * ms, 6 * ms]))
        #expect(orders.ownTimes == histogram([6 * ms, 6 * ms, 6 * ms]))
        #expect(orders.errors == 1)
        #expect(orders.calls.traces == 3)
        let query = try #require(baseline.operations.first { $0.operation.name == "SELECT item" })
        #expect(query.durations == histogram([6 * ms, 6 * ms, 6 * ms, 6 * ms]))
        #expect(query.calls.traces == 2)
        #expect(query.calls.median(of: 3) == 2)
        #expect(baseline.route?.durations == histogram([22 * ms, 22 * ms, 10 * ms]))
        #expect(baseline.route?.errors == 1)
    }

    @Test("own time is what no child covers: children that overlap count once, a consumer that runs on not at all")
    func ownTime() throws {
        func trace(_ number: UInt64) -> Trace {
            var builder = TraceBuilder(number)
            let root = builder.add("orders", "root", .server, 0...1000)
            builder.add("orders", "a", .internal, 100...400, in: root)
            builder.add("orders", "b", .internal, 300...600, in: root)
            builder.add("orders", "outlives", .internal, 950...1200, in: root)
            builder.add("shipping", "consume", .consumer, 700...2000, in: root)
            return builder.trace
        }
        let baseline = OperationBaseline(of: trace(1), in: [trace(2)])
        let root = try #require(baseline.operations.first)
        #expect(root.ownTimes == histogram([450]))
    }

    @Test("traces of other routes count for operations, not for the route nor the calls")
    func otherRoutes() throws {
        var builder = TraceBuilder(2)
        let root = builder.add("gateway", "GET /orders", .server, 0...1000)
        let database = Target(kind: .database, system: "sqlite", name: "orders")
        builder.add("orders", "SELECT item", .client, 100...500, in: root, target: database)
        let baseline = OperationBaseline(of: CheckoutTraces.trace(1), in: [builder.trace])
        let query = try #require(baseline.operations.last)
        #expect(query.count == 1)
        #expect(query.calls.traces == 0)
        #expect(baseline.route?.count == 0)
        #expect(baseline.traceCount == 1)
    }

    @Test("neither the order of the traces nor that of their spans makes a difference")
    func orderIndependent() {
        for seed in UInt64(0)..<20 {
            var shop = SyntheticShop(seed: seed)
            let traces = (0..<40).map { _ in shop.trace(by: .random(in: 0...5_000_000, using: &shop.generator)) }
            let shuffled = traces.shuffled(using: &shop.generator).map { trace in
                Trace(spans: trace.spans.shuffled(using: &shop.generator))
            }
            let one = OperationBaseline(of: traces[0], in: traces)
            let other = OperationBaseline(of: Trace(spans: traces[0].spans.reversed()), in: shuffled)
            #expect(one == other, "seed \(seed)")
            #expect(
                TraceComparison(traces[0], baseline: one) == TraceComparison(traces[0], baseline: other),
                "seed \(seed)")
        }
    }

    @Test("operations past the bound are not asked for, and not compared")
    func bound() {
        var builder = TraceBuilder(1)
        let root = builder.add("gateway", "root", .server, 0...100_000_000)
        for number in UInt64(0)..<600 {
            builder.add("gateway", "step \(number)", .internal, (number * 1000)...(number * 1000 + 500), in: root)
        }
        let trace = builder.trace
        let others = (2...41).map { CheckoutTraces.trace($0) }
        let comparison = TraceComparison(trace, against: others)
        #expect(OperationBaseline(of: trace, in: others).operations.count == OperationBaselineBuilder.maximumOperations)
        #expect(comparison.ranks.count == 601)
        #expect(comparison.ranks.allSatisfy { $0.mark == .unusual })
    }

    @Test("JSON comes back equal; a kind and counts that cannot be are refused")
    func json() throws {
        let baseline = OperationBaseline(of: CheckoutTraces.trace(1), in: (2...99).map { CheckoutTraces.trace($0) })
        let data = try JSONEncoder().encode(baseline)
        let decoded = try JSONDecoder().decode(OperationBaseline.self, from: data)
        #expect(decoded == baseline)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains(#""kind":"server""#))
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                OperationBaseline.self, from: Data(text.replacing(#""kind":"server""#, with: #""kind":"x""#).utf8))
        }
        for counts in [#"{"exact":[-1]"#, #"{"exact":[9223372036854775807]"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(
                    CallCounts.self,
                    from: Data((counts + #","more":{"offset":0,"counts":[],"zeroCount":0}}"#).utf8))
            }
        }
    }
}

@Suite("Call counts")
struct CallCountsTests {
    @Test(
        "the median counts the traces without a call",
        arguments: [
            ([], 0, 0), ([], 10, 0), ([3], 1, 3), ([3], 2, 0), ([3, 5], 2, 3), ([3, 5], 3, 3), ([3, 5], 4, 0),
            ([1, 2, 2, 9], 4, 2), ([64, 64, 64], 3, 64), ([0, 0, 7], 3, 0),
        ] as [([Int], Int, Int)])
    func median(calls: [Int], traces: Int, expected: Int) {
        var counts = CallCounts()
        for calls in calls { counts.record(calls) }
        #expect(counts.median(of: traces) == expected)
    }

    @Test("large numbers are kept within 4.5 %", arguments: [65, 100, 5000, 1 << 40])
    func large(calls: Int) {
        var counts = CallCounts()
        for _ in 0..<3 { counts.record(calls) }
        #expect(abs(Double(counts.median(of: 3)) - Double(calls)) <= 0.045 * Double(calls))
        #expect(counts.traces == 3)
    }
}
