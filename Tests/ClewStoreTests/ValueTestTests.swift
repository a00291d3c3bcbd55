import ClewModel
import ClewStoreTesting
import ClewWire
import Testing

@testable import ClewStore

@Suite("conditions on encoded values")
struct ValueTestTests {
    /// `AnyValue` in usual and in unusual forms, all of which protobuf allows.
    private static let encoded: [[UInt8]] = [
        [], [0x0A, 0], [0x0A, 2, 0x31, 0x30], [0x0A, 0x82, 0x00, 0x31, 0x30], [0x0A, 3, 0xE6, 0x97, 0xA5],
        // The last member counts, and an unknown field says nothing.
        [0x0A, 1, 0x61, 0x0A, 2, 0x31, 0x30], [0x18, 5, 0x0A, 2, 0x31, 0x30], [0x0A, 2, 0x31, 0x30, 0x18, 10],
        [0x0A, 2, 0x31, 0x30, 0x50, 1], [0x0A] + [0xC8, 0x01] + Array(repeating: 0x61, count: 200),
        [0x18, 0], [0x18, 10], [0x18, 0x8A, 0x00], [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0x21, 0, 0, 0, 0, 0, 0, 0x24, 0x40], [0x21, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F],
        [0x21, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F],
        [0x10, 1], [0x10, 0], [0x3A, 2, 0x31, 0x30], [0x2A, 6, 0x0A, 4, 0x0A, 2, 0x31, 0x30], [0x32, 0],
    ]
    private static let values = [
        "10", "", "0", "10.0", "-1", "0.5", "日", "a", "true", "9223372036854775807", "nan", "é",
    ]
    private static let patterns = ["1.*", "", ".", "a*", "[0-9.]+", "null|true", "-?\\d+", "("]

    @Test("they say what they say of the decoded value", arguments: AttributeCondition.Comparison.allCases)
    func agreement(comparison: AttributeCondition.Comparison) throws {
        let isRegex = comparison == .regex || comparison == .notRegex
        for value in isRegex ? Self.patterns : Self.values {
            let condition = AttributeCondition("k", comparison, value)
            var test = ValueTest(condition)
            for bytes in Self.encoded {
                let decoded = try OTLP.decodeValue(unsafe bytes.span.bytes)
                let found = try test.meets(bytes.span)
                #expect(found == condition.matches(decoded), "\(condition.text) on \(bytes) = \(decoded)")
            }
        }
    }

    @Test("bytes that are no value are damage, never more")
    func damage() {
        var generator = SplitMix64(seed: 5)
        var test = ValueTest(AttributeCondition("k", .equal, "10"))
        var event = ListTest(AttributeCondition("k", .equal, "10", in: .event))
        for length in 0..<400 {
            let bytes = (0..<length % 40).map { _ in UInt8.random(in: 0...255, using: &generator) & 0x5F }
            _ = try? test.meets(bytes.span)
            _ = try? event.meets(ByteStrings(bytes: bytes), 0)
        }
        #expect(throws: DamagedColumn.self) { _ = try event.meets(ByteStrings(bytes: [5, 0x1A]), 0) }
    }

    @Test("a pattern that makes ever new states is given up")
    func expensive() throws {
        let pattern = try TextPattern("(a|b)*a[ab]{200}c")
        var generator = SplitMix64(seed: 6)
        let text = (0..<3000).map { _ in Bool.random(using: &generator) ? "a" : "b" }.joined()
        var patient = BoundedMatcher(pattern)
        let isMatch = try patient.matches(text)
        #expect(!isMatch)
        let error = #expect(throws: StoreError.self) {
            var matcher = BoundedMatcher(pattern, maximumVisits: 300_000)
            _ = try matcher.matches(text)
        }
        #expect(error?.code == .tooExpensive)
    }

    @Test("a selection keeps rows as a list would, across words", arguments: [0, 1, 63, 64, 65, 200])
    func selection(count: Int) {
        var rows = RowSelection(count)
        #expect(rows.rows == Array(0..<count) && rows.isEmpty == (count == 0))
        rows.keep { $0 % 3 == 0 }
        rows.keep((0..<UInt32(count)).map { $0 % 2 }, [true, false])
        #expect(rows.rows == (0..<count).filter { $0 % 6 == 0 })
        rows.keep { _ in false }
        #expect(rows.isEmpty && rows.rows.isEmpty)
    }
}
