import ClewModel
import Testing

@testable import clew_cli

@Suite("Synthetic traces")
struct SyntheticTracesTests {
    private static func spans(_ workload: Workload, _ count: Int = 2000) -> [Span] {
        var traces = SyntheticTraces(workload)
        return traces.spans(count, around: 1_750_000_000_000_000_000)
    }

    @Test("equal seeds give equal spans, other seeds others")
    func seed() {
        #expect(Self.spans(Workload(seed: 7)) == Self.spans(Workload(seed: 7)))
        #expect(Self.spans(Workload(seed: 7)) != Self.spans(Workload(seed: 8)))
    }

    @Test("have the shape that stored figures were measured with")
    func defaults() {
        let spans = Self.spans(Workload(), 20_000)
        #expect(Set(spans.map(\.resource.serviceName)).count == 10)
        let traces = Set(spans.map(\.traceID)).count
        #expect((22...26).contains(spans.count / traces))
        #expect(Set(spans.map(\.attributes.count)) == [8, 10])
        let errors = spans.count { $0.status.code == .error }
        #expect((200...600).contains(errors))
    }

    @Test("no deeper and no wider than asked for")
    func tree() {
        let spans = Self.spans(Workload(spansPerTrace: 200, depth: 3, fanOut: 4))
        let byID = Dictionary(uniqueKeysWithValues: spans.map { ($0.spanID, $0) })
        func depth(_ span: Span) -> Int { 1 + (span.parentSpanID.flatMap { byID[$0] }.map(depth) ?? 0) }
        #expect(spans.map(depth).max() == 3)
        let children = Dictionary(grouping: spans.compactMap(\.parentSpanID), by: \.self).mapValues(\.count)
        #expect(children.values.max() == 4)
        // 1 + 4 + 16 spans, and then the tree is full.
        #expect(Dictionary(grouping: spans, by: \.traceID).values.map(\.count).max() == 21)
    }

    @Test("services, attributes, padding and errors are as many as asked for")
    func quantities() {
        let spans = Self.spans(Workload(services: 30, attributes: 25, errorShare: 1, payload: 77))
        #expect(Set(spans.map(\.resource.serviceName)).count == 30)
        #expect(
            spans.allSatisfy { $0.attributes.count == 26 && $0.attributes["app.payload"]?.stringValue?.count == 77 })
        #expect(spans.allSatisfy { $0.status.code == .error })
        let few = Self.spans(Workload(attributes: 3, errorShare: 0))
        #expect(few.allSatisfy { $0.attributes.count == 3 && $0.status.code == .unset })
    }
}
