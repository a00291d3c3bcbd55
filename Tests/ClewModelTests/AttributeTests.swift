import ClewModel
import Testing

@Suite("Attributes")
struct AttributeTests {
    @Test("lookup finds the first, setting replaces it in place, nil removes it")
    func subscripts() {
        var attributes = [Attribute("a", 1), Attribute("b", 2), Attribute("a", 3)]
        #expect(attributes["a"] == 1)
        attributes["a"] = 9
        #expect(attributes == [Attribute("a", 9), Attribute("b", 2), Attribute("a", 3)])
        attributes["a"] = nil
        #expect(attributes == [Attribute("b", 2), Attribute("a", 3)])
        attributes["c"] = 4
        attributes["d"] = nil
        #expect(attributes == [Attribute("b", 2), Attribute("a", 3), Attribute("c", 4)])
    }

    @Test(
        "a value is described as a person reads it",
        arguments: [
            (.empty, "null"), ("text", "text"), (true, "true"), (-5, "-5"), (1.5, "1.5"), (.bytes([0, 0xAB]), "00ab"),
            (.array([1, "a"]), "[1, a]"), (.keyValueList([Attribute("k", .array([]))]), "{k: []}"),
        ] as [(AttributeValue, String)])
    func description(value: AttributeValue, text: String) {
        #expect(value.description == text)
    }

    @Test("a deeply nested value is described to a bounded depth")
    func deep() {
        var value = AttributeValue.int(1)
        for _ in 0..<500 { value = .array([value]) }
        let depth = AttributeValue.maximumDescribedDepth
        #expect(value.description == String(repeating: "[", count: depth) + "…" + String(repeating: "]", count: depth))
    }

    @Test("a service without a name is unknown_service")
    func serviceName() {
        #expect(Resource().serviceName == "unknown_service")
        #expect(Resource(attributes: [Attribute("service.name", "")]).serviceName == "unknown_service")
        #expect(Resource(attributes: [Attribute("service.name", "orders")]).serviceName == "orders")
    }

    @Test("a span that ends before it starts has no duration")
    func duration() {
        func span(_ start: UInt64, _ end: UInt64) -> Span {
            Span(traceID: .invalid, spanID: .invalid, name: "", start: start, end: end)
        }
        #expect(span(5, 4).duration == 0)
        #expect(span(4, 5).duration == 1)
        #expect(span(0, .max).duration == .max)
    }
}
