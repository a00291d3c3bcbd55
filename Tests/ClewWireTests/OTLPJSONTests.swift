import ClewModel
import ClewWire
import Testing

@Suite("OTLP/JSON")
struct OTLPJSONTests {
    /// The content of a span in JSON, in the middle of a request.
    private static func request(span: String) -> [UInt8] {
        Array(#"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]}]}]}"#.utf8)
    }

    private static func span(_ fields: String) throws -> Span {
        let ids = #""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#
        let bytes = try OTLPJSON.toProtobuf(request(span: "{\(ids)\(fields.isEmpty ? "" : ",")\(fields)}"), .traces)
        return try #require(try OTLP.decodeTraces(bytes).first)
    }

    private static func value(_ json: String) throws -> AttributeValue {
        try #require(try span(#""attributes":[{"key":"k","value":\#(json)}]"#).attributes["k"])
    }

    @Test("the example of the OTLP repository is read with every field")
    func example() throws {
        let json = """
            {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
              "scopeSpans": [{"scope": {"name": "my.library", "version": "1.0.0",
                  "attributes": [{"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]},
                "spans": [{"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
                  "parentSpanId": "EEE19B7EC3C1B173", "name": "I'm a server span",
                  "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000", "kind": 2,
                  "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]}]}]}]}
            """
        let spans = try OTLP.decodeTraces(OTLPJSON.toProtobuf(Array(json.utf8), .traces))
        #expect(
            spans == [
                Span(
                    traceID: TraceID(high: 0x5B8E_FFF7_9803_8103, low: 0xD269_B633_813F_C60C),
                    spanID: SpanID(0xEEE1_9B7E_C3C1_B174), parentSpanID: SpanID(0xEEE1_9B7E_C3C1_B173),
                    name: "I'm a server span", kind: .server, start: 1_544_712_660_000_000_000,
                    end: 1_544_712_661_000_000_000, attributes: [Attribute("my.span.attr", "some value")],
                    resource: Resource(attributes: [Attribute("service.name", "my.service")]),
                    scope: InstrumentationScope(
                        name: "my.library", version: "1.0.0",
                        attributes: [Attribute("my.scope.attribute", "some scope attribute")]))
            ])
    }

    @Test("what is written follows OTLP: lowerCamelCase, hex ids, integer enumerations, 64-bit as strings")
    func written() throws {
        let span = Span(
            traceID: TraceID(high: 0, low: 0xAB), spanID: SpanID(0xCD), name: "n", kind: .client, start: 1, end: 2,
            attributes: [
                Attribute("i", -5), Attribute("d", 1.5), Attribute("b", .bytes([0xFF, 0xFE, 0])),
                Attribute("e", .empty),
            ],
            droppedAttributesCount: 7, status: SpanStatus(.error))
        #expect(
            String(decoding: try OTLPJSON.fromProtobuf(OTLP.encode([span]), .traces), as: UTF8.self)
                == #"{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"#
                + #""traceId":"000000000000000000000000000000ab","spanId":"00000000000000cd","name":"n","kind":3,"#
                + #""startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{"key":"i","value":{"intValue":"-5"}},"#
                + #"{"key":"d","value":{"doubleValue":1.5}},{"key":"b","value":{"bytesValue":"//4A"}},"#
                + #"{"key":"e","value":{}}],"droppedAttributesCount":7,"status":{"code":2}}]}]}]}"#)
    }

    @Test(
        "fields may come in any order, under either name, with unknown ones and nulls between; the bytes are the same")
    func canonical() throws {
        let plain = """
            {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"n","kind":2,
            "startTimeUnixNano":"5","attributes":[{"key":"k","value":{"kvlistValue":{"values":[{"key":"x",
            "value":{"intValue":"1"}}]}}}],"droppedAttributesCount":3}
            """
        let shuffled = """
            { "dropped_attributes_count" : "3", "unknown":[{"a":[1,2,{"b":null}]},"\\u00e9",-1.5e3,true],"links":null,
            "kind":"SPAN_KIND_SERVER","attributes":[{"value":{"kvlist_value":{"values":[{"value":{"int_value":1},
            "key":"x"}]}},"key":"\\u006b"}],"flags":0,"traceState":"","events":[],
            "name":"n","start_time_unix_nano":5,"span_id":"EEE19B7EC3C1B174","trace_id":"5B8EFFF798038103D269B633813FC60C" }
            """
        let first = try OTLPJSON.toProtobuf(Self.request(span: plain), .traces)
        let second = try OTLPJSON.toProtobuf(Self.request(span: shuffled), .traces)
        #expect(first == second)
    }

    @Test(
        "scalars are read in every form that proto3 allows",
        arguments: [
            (#"{"intValue":"9223372036854775807"}"#, .int(.max)), (#"{"intValue":-9223372036854775808}"#, .int(.min)),
            (#"{"intValue":1e3}"#, 1000), (#"{"intValue":"2.0"}"#, 2), (#"{"doubleValue":1}"#, 1.0),
            (#"{"doubleValue":"1.5E-3"}"#, 0.0015), (#"{"doubleValue":"Infinity"}"#, .double(.infinity)),
            (#"{"doubleValue":"-Infinity"}"#, .double(-.infinity)), (#"{"doubleValue":-0}"#, .double(-0.0)),
            (#"{"boolValue":false}"#, false), (#"{"stringValue":""}"#, ""), (#"{}"#, .empty),
            (#"{"stringValue":null}"#, .empty), (#"{"arrayValue":{}}"#, .array([])),
            (#"{"arrayValue":{"values":[{"boolValue":true},{}]}}"#, .array([true, .empty])),
            (#"{"kvlistValue":{"values":[]}}"#, .keyValueList([])),
        ] as [(String, AttributeValue)])
    func scalars(json: String, expected: AttributeValue) throws {
        #expect(try Self.value(json) == expected)
    }

    @Test(
        "bytes are base64 in either alphabet, padded or not",
        arguments: [
            ("", []), ("AA==", [0]), ("AA", [0]), ("AAA=", [0, 0]), ("AAA", [0, 0]), ("AAAA", [0, 0, 0]),
            ("+/+/", [0xFB, 0xFF, 0xBF]), ("-_-_", [0xFB, 0xFF, 0xBF]), (#"+\/+\/"#, [0xFB, 0xFF, 0xBF]),
        ] as [(String, [UInt8])])
    func base64(text: String, bytes: [UInt8]) throws {
        #expect(try Self.value(#"{"bytesValue":"\#(text)"}"#) == .bytes(bytes))
    }

    @Test("other text is not base64", arguments: ["A", "AAAAA", "A===", "AA=", "AA=A", "=", "A A=", "AA==AA==", "é"])
    func notBase64(text: String) throws {
        let error = #expect(throws: WireError.self) { try Self.value(#"{"bytesValue":"\#(text)"}"#) }
        #expect(error?.code == .malformed)
    }

    @Test(
        "strings are read with every escape",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u65E5"#, "Aé日"), (#"\ud83d\uDE00"#, "😀"),
            (#"\u0000"#, "\0"), ("日本😀", "日本😀"), (#"\uFFFF"#, "\u{FFFF}"),
        ])
    func strings(json: String, expected: String) throws {
        #expect(try Self.value(#"{"stringValue":"\#(json)"}"#) == .string(expected))
    }

    @Test("a time before 1970 is unknown, and costs nothing else")
    func negativeTime() throws {
        let span = try Self.span(#""startTimeUnixNano":"-6795364578871345152","endTimeUnixNano":-1,"flags":3"#)
        #expect(span.start == 0)
        #expect(span.end == 0)
        #expect(span.flags == 3)
    }

    @Test("numbers of enumerations that are not known mean unspecified and unset")
    func unknownEnumerations() throws {
        let span = try Self.span(#""kind":99,"status":{"code":-7,"message":"m"}"#)
        #expect(span.kind == .unspecified)
        #expect(span.status == SpanStatus(.unset, message: "m"))
    }

    @Test(
        "malformed JSON is an error of the right kind at the right byte",
        arguments: [
            ("", .truncated, 0), (" ", .truncated, 1), ("{", .truncated, 1), ("[]", .malformed, 0),
            ("null", .malformed, 0),
            ("{} x", .malformed, 3), ("{}{}", .malformed, 2), (#"{"a"}"#, .malformed, 4), (#"{"a":}"#, .malformed, 5),
            (#"{"a":1,}"#, .malformed, 7), (#"{a:1}"#, .malformed, 1), (#"{"a":01}"#, .malformed, 6),
            (#"{"a":1.}"#, .malformed, 7), (#"{"a":.5}"#, .malformed, 5), (#"{"a":+1}"#, .malformed, 5),
            (#"{"a":1e}"#, .malformed, 7), (#"{"a":-}"#, .malformed, 6), (#"{"a":nul}"#, .malformed, 5),
            (#"{"a":tru"#, .malformed, 5), (#"{"a":[1 2]}"#, .malformed, 8), (#"{"a":"x"#, .truncated, 5),
            (#"{"a":"x\"#, .truncated, 5), (#"{"a":"\x"}"#, .malformed, 6), (#"{"a":"\u12g4"}"#, .malformed, 6),
            (#"{"a":"\u12"}"#, .malformed, 6), (#"{"a":"\ud800"}"#, .invalidUTF8, 6),
            (#"{"a":"\ud800\u0041"}"#, .invalidUTF8, 6), (#"{"a":"\udc00"}"#, .invalidUTF8, 6),
            ("{\"a\":\"\n\"}", .malformed, 6), (#"{"resourceSpans":{}}"#, .malformed, 17),
            (#"{"resourceSpans":[null]}"#, .malformed, 18),
            (#"{"resourceSpans":[],"resourceSpans":[]}"#, .malformed, 21),
            (#"{"resourceSpans":[{"schemaUrl":1}]}"#, .malformed, 31),
        ] as [(String, WireError.Code, Int)])
    func malformed(json: String, code: WireError.Code, offset: Int) {
        let error = #expect(throws: WireError.self) { try OTLPJSON.toProtobuf(Array(json.utf8), .traces) }
        #expect(error?.code == code, "\(error?.description ?? "")")
        #expect(error?.offset == offset, "\(error?.description ?? "")")
    }

    @Test(
        "values of the wrong kind or out of range are malformed",
        arguments: [
            #""kind":"SPAN_KIND_BANANA""#, #""kind":1.5"#, #""startTimeUnixNano":"-1.5""#, #""startTimeUnixNano":1e30"#,
            #""startTimeUnixNano":"0x10""#, #""startTimeUnixNano":"""#, #""startTimeUnixNano":" 1""#,
            #""droppedAttributesCount":4294967296"#, #""flags":-1"#, #""flags":true"#, #""name":5"#,
            #""traceState":{}"#,
            #""parentSpanId":"abc""#, #""parentSpanId":"zz""#, #""status":[]"#, #""attributes":{}"#,
            #""attributes":[{"key":"k","value":{"boolValue":"true"}}]"#,
            #""attributes":[{"key":"k","value":{"doubleValue":1e999}}]"#,
            #""attributes":[{"key":"k","value":{"doubleValue":"inf"}}]"#,
            #""attributes":[{"key":"k","value":{"intValue":9223372036854775808}}]"#,
            #""attributes":[{"key":"k","value":{"intValue":1,"stringValue":"s"}}]"#,
        ])
    func outOfRange(field: String) {
        let error = #expect(throws: WireError.self) { try Self.span(field) }
        #expect(error?.code == .malformed)
    }

    @Test(
        "bytes that are not UTF-8 are reported where they are",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3]])
    func invalidUTF8(bytes: [UInt8]) {
        let json = Array(#"{"unknown":"ok"#.utf8) + bytes + Array(#""}"#.utf8)
        let error = #expect(throws: WireError.self) { try OTLPJSON.toProtobuf(json, .traces) }
        #expect(error?.code == .invalidUTF8)
        #expect(error?.offset == 14)
    }

    @Test("values nested 10,000 deep are refused, known or not, and 100 deep are read")
    func deep() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"arrayValue":{"values":["#, count: depth - 1) + "{}"
                + String(repeating: "]}}", count: depth - 1)
        }
        func unknown(_ depth: Int) -> String {
            #""x":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try OTLP.encodeValue(Self.value(nested(100))).count > 300)
        _ = try Self.span(unknown(100))
        for depth in [101, 10_000] {
            let known = #expect(throws: WireError.self) { try Self.value(nested(depth)) }
            #expect(known?.code == .tooDeep)
            let skipped = #expect(throws: WireError.self) { try Self.span(unknown(depth)) }
            #expect(skipped?.code == .tooDeep)
        }
    }

    @Test("the last of two members of a oneof on the wire is the one written")
    func oneofOnTheWire() throws {
        // A log record's body with string_value "s", then int_value 5.
        let body: [UInt8] = [0x0A, 1, UInt8(ascii: "s"), 0x18, 5]
        let record: [UInt8] = [0x2A, UInt8(body.count)] + body
        let scope: [UInt8] = [0x12, UInt8(record.count)] + record
        let resource: [UInt8] = [0x12, UInt8(scope.count)] + scope
        let request: [UInt8] = [0x0A, UInt8(resource.count)] + resource
        #expect(try OTLP.decodeLogs(request).first?.body == 5)
        let json = String(decoding: try OTLPJSON.fromProtobuf(request, .logs), as: UTF8.self)
        #expect(json == #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":"5"}}]}]}]}"#)
    }
}
