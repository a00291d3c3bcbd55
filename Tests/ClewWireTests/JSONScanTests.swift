import ClewModel
import ClewWire
import Foundation
import Testing

/// The transcoder looks at eight bytes at once where it can: what it finds must not depend on where in them it is.
@Suite("OTLP/JSON, eight bytes at a time")
struct JSONScanTests {
    private static func value(_ json: String) throws(WireError) -> AttributeValue? {
        let record = #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":\#(json)}]}]}]}"#
        return try OTLP.decodeLogs(OTLPJSON.toProtobuf(Array(record.utf8), .logs)).first?.body
    }

    @Test(
        "a string ends at its quote and keeps what is in it, at every length and place",
        arguments: [
            ("é", "é"), (#"\""#, "\""), (#"\\"#, "\\"), (#"\n"#, "\n"), ("😀", "😀"), ("x", "x"), ("\u{7F}", "\u{7F}"),
        ])
    func strings(json: String, text: String) throws {
        for length in 0...40 {
            for place in 0...length {
                let (before, after) = (
                    String(repeating: "a", count: place), String(repeating: "b", count: length - place)
                )
                #expect(
                    try Self.value(#"{"stringValue":"\#(before)\#(json)\#(after)"}"#) == .string(before + text + after))
            }
        }
    }

    /// The JSON of a log record with nothing but its body.
    private static func record(_ body: String) -> String {
        #"{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"body":\#(body)}]}]}]}"#
    }

    private static func written(_ value: AttributeValue) throws(WireError) -> String {
        let request = OTLP.encode([LogRecord(time: 0, body: value)])
        return String(decoding: try OTLPJSON.fromProtobuf(request, .logs), as: UTF8.self)
    }

    @Test(
        "a string is written with the escapes that JSON asks for and no others, at every length and place",
        arguments: [
            ("é", "é"), (#"\""#, "\""), (#"\\"#, "\\"), (#"\n"#, "\n"), (#"\r"#, "\r"), (#"\t"#, "\t"),
            (#"\u0000"#, "\0"),
            (#"\u001f"#, "\u{1F}"), ("/", "/"), ("\u{7F}", "\u{7F}"), (#"\"\\\u0008"#, "\"\\\u{8}"),
        ])
    func writtenStrings(json: String, text: String) throws {
        for length in 0...24 {
            for place in 0...length {
                let (before, after) = (
                    String(repeating: "a", count: place), String(repeating: "b", count: length - place)
                )
                #expect(
                    try Self.written(.string(before + text + after))
                        == Self.record(#"{"stringValue":"\#(before)\#(json)\#(after)"}"#))
            }
        }
    }

    @Test("an integer is written in its digits, at every length")
    func writtenIntegers() throws {
        var powers: [Int64] = [1]
        while powers.count < 19 { powers.append((powers.last ?? 1) * 10) }
        let numbers = powers.flatMap { [$0 - 1, $0, $0 + 1, $0 / 9 * 8] } + [.max, .min]
        for number in numbers + numbers.map({ 0 &- $0 }) {
            #expect(try Self.written(.int(number)) == Self.record(#"{"intValue":"\#(number)"}"#))
        }
    }

    @Test("bytes are written in base64, at every length")
    func writtenBytes() throws {
        for length in 0...24 {
            let bytes = (0..<length).map { UInt8($0 * 11 % 256) }
            #expect(
                try Self.written(.bytes(bytes))
                    == Self.record(#"{"bytesValue":"\#(Data(bytes).base64EncodedString())"}"#))
        }
    }

    @Test("a control character and an ill-formed byte are found at every place")
    func badBytes() {
        for byte in [0x00, 0x1F, 0x80, 0xFF] as [UInt8] {
            for place in 0...24 {
                var json = Array(#"{"unknown":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#.utf8)
                json[12 + place] = byte
                let error = #expect(throws: WireError.self) { try OTLPJSON.toProtobuf(json, .logs) }
                #expect(error?.offset == 12 + place)
                #expect(error?.code == (byte < 0x20 ? .malformed : .invalidUTF8))
            }
        }
    }

    @Test("hexadecimal digits of either case are read, and any other character is refused, at every place")
    func hexadecimal() throws {
        func span(_ traceID: [UInt8]) -> [UInt8] {
            let (head, tail) = (#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":""#, #""}]}]}]}"#)
            return Array(head.utf8) + traceID + Array(tail.utf8)
        }
        let digits = Array("0123456789abcdefABCDEF".utf8)
        for place in 0..<16 {
            for byte in UInt8(0x20)...0x7E where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                var text = Array("0f1E2d3C4b5A6978".utf8)
                text[place] = byte
                let bytes = try? OTLPJSON.toProtobuf(span(text), .traces)
                #expect((bytes != nil) == digits.contains(byte), "\(byte) at \(place)")
                guard let bytes else { continue }
                let expected = UInt64(String(decoding: text, as: UTF8.self), radix: 16)
                #expect(bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } == expected)
            }
        }
    }

    @Test("numbers of every length are what the standard library reads", arguments: 0..<4)
    func numbers(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let digits = (0..<Int.random(in: 1...22, using: &generator)).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }
            let point = Int.random(in: 0...digits.count, using: &generator)
            let whole = digits[..<point].joined().drop { $0 == "0" }
            let fraction = digits[point...].joined()
            let sign = Bool.random(using: &generator) ? "-" : ""
            let text = sign + (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
            let (double, integer) = (Double(text), Int64(text))
            for form in [text, "\"\(text)\""] {
                #expect(try Self.value(#"{"doubleValue":\#(form)}"#) == double.map { .double($0) })
                if let integer { #expect(try Self.value(#"{"intValue":\#(form)}"#) == .int(integer)) }
            }
        }
    }

    @Test("names are found wherever the text ends, and no name is taken for a longer or shorter one")
    func names() throws {
        for name in ["k", "ke", "key", "keys", "key\u{20}", "Key", "value", "valu", "values"] {
            let json = #"{"resourceLogs":[{"resource":{"attributes":[{"\#(name)":null,"key":"x"}]}}]}"#
            #expect(throws: Never.self) { try OTLPJSON.toProtobuf(Array(json.utf8), .logs) }
        }
        // The last bytes of a text, where there are no eight bytes to look at.
        #expect(try OTLPJSON.toProtobuf(Array(#"{"code":1}"#.utf8), .status) == [8, 1])
        #expect(try OTLPJSON.toProtobuf(Array(#"{"message":"m"}"#.utf8), .status) == [18, 1, UInt8(ascii: "m")])
        #expect(try OTLPJSON.toProtobuf(Array(#"{"cod":1,"codes":2}"#.utf8), .status) == [])
        let error = #expect(throws: WireError.self) {
            try OTLPJSON.toProtobuf(Array(#"{"code" : 1, "co\u0064e" : 2}"#.utf8), .status)
        }
        #expect(error?.offset == 14)
    }
}
