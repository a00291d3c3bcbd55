import ClewModel
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    @Test("ids are written as lowercase hex with leading zeros and read back in either case")
    func hex() {
        let trace = TraceID(high: 0x00F0_67AA_0BA9_02B7, low: 1)
        #expect(trace.hex == "00f067aa0ba902b70000000000000001")
        #expect(TraceID(hex: trace.hex) == trace)
        #expect(TraceID(hex: trace.hex.uppercased()) == trace)
        let span = SpanID(0xAB)
        #expect(span.hex == "00000000000000ab")
        #expect(SpanID(hex: span.hex) == span)
        #expect(SpanID(hex: "00000000000000AB") == span)
    }

    @Test(
        "text of another length or with other characters is no id",
        arguments: [
            "", "0", "00f067aa0ba902b", "00f067aa0ba902b70", "00f067aa0ba902bg", " 0f067aa0ba902b7", "0x067aa0ba902b7b",
            "００f067aa0ba902b",
        ])
    func malformed(text: String) {
        #expect(SpanID(hex: text) == nil)
        #expect(TraceID(hex: text) == nil)
    }

    @Test("only the all-zero id is invalid")
    func validity() {
        #expect(!TraceID.invalid.isValid)
        #expect(TraceID(high: 1, low: 0).isValid)
        #expect(TraceID(high: 0, low: 1).isValid)
        #expect(!SpanID.invalid.isValid)
        #expect(SpanID(1).isValid)
    }

    @Test("ids are ordered as their hex text is")
    func order() {
        let ids = [
            TraceID(high: 0, low: .max), TraceID(high: 1, low: 0), TraceID(high: .max, low: 0),
            TraceID(high: 1, low: 1),
        ]
        #expect(ids.sorted().map(\.hex) == ids.map(\.hex).sorted())
    }
}
