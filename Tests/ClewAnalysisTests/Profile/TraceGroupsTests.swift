import ClewAnalysis
import ClewModel
import Testing

@Suite("Groups of traces by an attribute")
struct TraceGroupsTests {
    private func span(_ trace: UInt64, _ value: String?, own: AttributeValue? = nil) -> Span {
        var resource = Resource()
        resource.attributes["service.version"] = value.map { AttributeValue.string($0) }
        var span = Span(
            traceID: TraceID(high: 0, low: trace), spanID: SpanID(1), name: "n", start: 0, end: 1, resource: resource)
        span.attributes["service.version"] = own
        return span
    }

    private func groups(_ spans: [Span], values: [String] = []) -> [String?] {
        var groups = TraceGroups(TraceGrouping(by: "service.version", values: values))
        for span in spans { groups.add(span) }
        return (1...4 as ClosedRange<UInt64>).map { groups.group(of: TraceID(high: 0, low: $0)) }
    }

    private var canary: [Span] {
        [span(1, "1.0.0"), span(1, "1.0.0"), span(2, "1.1.0"), span(2, "1.0.0"), span(3, "2.0.0"), span(4, nil)]
    }

    @Test("a trace belongs to the set of its values, sorted; one without the attribute to none")
    func sets() {
        #expect(groups(canary) == ["1.0.0", "1.0.0+1.1.0", "2.0.0", TraceGroups.none])
        #expect(groups(canary.reversed()) == groups(canary))
    }

    @Test("of named values the last that a trace has counts, and others make no group")
    func named() {
        #expect(groups(canary, values: ["1.0.0", "1.1.0"]) == ["1.0.0", "1.1.0", nil, nil])
        #expect(groups(canary, values: ["1.1.0", "1.0.0"]) == ["1.0.0", "1.0.0", nil, nil])
    }

    @Test("a span's own attribute goes before its resource's, numbers are values too, an empty text is none")
    func values() {
        #expect(groups([span(1, "1", own: .int(7)), span(2, nil, own: .bool(true))]).prefix(2) == ["7", "true"])
        #expect(groups([span(1, "")])[0] == TraceGroups.none)
    }

    @Test("of many values the first four in order are told apart, in whatever order they come")
    func manyValues() {
        let spans = (1...9).map { span(1, "v\($0)") }
        #expect(groups(spans)[0] == "v1+v2+v3+v4+…")
        #expect(groups(spans.reversed())[0] == "v1+v2+v3+v4+…")
        #expect(groups((1...4).map { span(1, "v\($0)") })[0] == "v1+v2+v3+v4")
    }

    @Test("values without end make a bounded number of groups")
    func bounded() {
        var groups = TraceGroups(TraceGrouping(by: "service.version"))
        for number in 1...5000 as ClosedRange<UInt64> { groups.add(span(number, "v\(number)")) }
        let names = (1...5000 as ClosedRange<UInt64>).map { groups.group(of: TraceID(high: 0, low: $0)) }
        #expect(Set(names).count == 1001)
        #expect(names.last == "_other")
    }
}
