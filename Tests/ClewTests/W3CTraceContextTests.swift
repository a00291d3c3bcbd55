import AsyncHTTPClient
import ClewHTTPClient
import ClewHummingbird
import ClewTesting
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Synchronization
import Testing
import Tracing

/// The specification's own test list, over real sockets: a client that sends raw header lines, a Hummingbird server with
/// `ClewMiddleware` whose handler calls out with `TracedHTTPClient`, and a second server that records what it is sent.
///
/// Source: w3c/trace-context, `test/test.py`, the cases of `TraceContextTest` and `AdvancedTest` by their names.
@Suite("W3C Trace Context")
struct W3CTraceContextTests {
    /// One request, and what the service must send on.
    struct Exchange: Sendable {
        var sent: [(String, String)]
        /// Whether the trace is continued; else a new one must begin.
        var continues: Bool
        /// Empty where none may be sent on.
        var traceState: String
        /// How often the handler calls out.
        var calls = 1
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var exchanges: [Exchange]
        var testDescription: String { name }
    }

    private static let trace = "12345678901234567890123456789012"
    private static let parent = "1234567890123456"
    private static let valid = "00-\(trace)-\(parent)-01"

    /// One request with each of the `traceparent` values.
    private static func parents(_ name: String, _ values: String..., continues: Bool, calls: Int = 1) -> Case {
        Case(
            name: name,
            exchanges: values.map {
                Exchange(sent: [("traceparent", $0)], continues: continues, traceState: "", calls: calls)
            })
    }

    /// One request with a valid `traceparent` for each list of lines of `tracestate` and what of it is sent on.
    private static func states(_ name: String, _ values: ([String], String)...) -> Case {
        Case(
            name: name,
            exchanges: values.map { lines, kept in
                Exchange(
                    sent: [("traceparent", "00-\(trace)-\(parent)-00")] + lines.map { ("tracestate", $0) },
                    continues: true, traceState: kept)
            })
    }

    private static func named(_ name: String, _ header: String..., value: String, continues: Bool) -> Case {
        Case(name: name, exchanges: header.map { Exchange(sent: [($0, value)], continues: continues, traceState: "") })
    }

    private static func stateNamed(_ name: String, _ header: String..., kept: String) -> Case {
        Case(
            name: name,
            exchanges: header.map {
                Exchange(sent: [("traceparent", valid), ($0, "foo=1")], continues: true, traceState: kept)
            })
    }

    private static let traceParents: [Case] = [
        Case(
            name: "both_traceparent_and_tracestate_missing",
            exchanges: [Exchange(sent: [], continues: false, traceState: "")]),
        parents("traceparent_included_tracestate_missing", valid, continues: true),
        Case(
            name: "traceparent_duplicated",
            exchanges: [
                Exchange(
                    sent: [
                        ("traceparent", "00-12345678901234567890123456789011-\(parent)-01"), ("traceparent", valid),
                    ], continues: false, traceState: ""),
                // Beyond the list: a later version may have more after its fields, but not another header.
                Exchange(
                    sent: [("traceparent", "cc-\(trace)-\(parent)-01-x"), ("traceparent", "cc-\(trace)-\(parent)-01")],
                    continues: false, traceState: ""),
            ]),
        named("traceparent_header_name", "trace-parent", "trace.parent", value: valid, continues: false),
        named(
            "traceparent_header_name_valid_casing", "TraceParent", "TrAcEpArEnT", "TRACEPARENT", value: valid,
            continues: true),
        parents(
            "traceparent_version_0x00", "\(valid).", "\(valid)-what-the-future-will-be-like", continues: false),
        parents(
            "traceparent_version_0xcc", "cc-\(trace)-\(parent)-01",
            "cc-\(trace)-\(parent)-01-what-the-future-will-be-like", continues: true),
        parents(
            "traceparent_version_0xcc (malformed)", "cc-\(trace)-\(parent)-01.what-the-future-will-be-like",
            continues: false),
        parents("traceparent_version_0xff", "ff-\(trace)-\(parent)-01", continues: false),
        parents(
            "traceparent_version_illegal_characters", ".0-\(trace)-\(parent)-01", "0.-\(trace)-\(parent)-01",
            continues: false),
        parents(
            "traceparent_version_too_long", "000-\(trace)-\(parent)-01", "0000-\(trace)-\(parent)-01",
            continues: false),
        parents("traceparent_version_too_short", "0-\(trace)-\(parent)-01", continues: false),
        parents(
            "traceparent_trace_id_all_zero", "00-00000000000000000000000000000000-\(parent)-01", continues: false),
        parents(
            "traceparent_trace_id_illegal_characters", "00-.2345678901234567890123456789012-\(parent)-01",
            "00-1234567890123456789012345678901.-\(parent)-01", continues: false),
        parents("traceparent_trace_id_too_long", "00-\(trace)3-\(parent)-01", continues: false),
        parents(
            "traceparent_trace_id_too_short", "00-1234567890123456789012345678901-\(parent)-01", continues: false),
        parents("traceparent_parent_id_all_zero", "00-\(trace)-0000000000000000-01", continues: false),
        parents(
            "traceparent_parent_id_illegal_characters", "00-\(trace)-.234567890123456-01",
            "00-\(trace)-123456789012345.-01", continues: false),
        parents("traceparent_parent_id_too_long", "00-\(trace)-\(parent)7-01", continues: false),
        parents("traceparent_parent_id_too_short", "00-\(trace)-123456789012345-01", continues: false),
        parents(
            "traceparent_trace_flags_illegal_characters", "00-\(trace)-\(parent)-.0", "00-\(trace)-\(parent)-0.",
            continues: false),
        parents("traceparent_trace_flags_too_long", "00-\(trace)-\(parent)-001", continues: false),
        parents("traceparent_trace_flags_too_short", "00-\(trace)-\(parent)-1", continues: false),
        parents(
            "traceparent_ows_handling", " \(valid)", "\t\(valid)", "\(valid) ", "\(valid)\t", "\t \(valid) \t",
            continues: true),
        parents("multiple_requests_with_valid_traceparent", valid, continues: true, calls: 3),
        Case(
            name: "multiple_requests_without_traceparent",
            exchanges: [Exchange(sent: [], continues: false, traceState: "", calls: 3)]),
        parents(
            "multiple_requests_with_illegal_traceparent", "00-00000000000000000000000000000000-\(parent)-01",
            continues: false, calls: 3),
    ]

    private static func members(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { $0 < 10 ? "bar0\($0)=0\($0)" : "bar\($0)=\($0)" }.joined(separator: ",")
    }

    private static let keyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
    private static let valueCharacters = String(
        decoding: (0x20...0x7E as ClosedRange<UInt8>).filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") },
        as: UTF8.self
    ).trimmingPrefix(while: { $0 == " " })

    private static let traceStates: [Case] = [
        Case(
            name: "tracestate_included_traceparent_missing",
            exchanges: ["foo=1", "foo=1,bar=2"].map {
                Exchange(sent: [("tracestate", $0)], continues: false, traceState: "")
            }),
        states("tracestate_included_traceparent_included", (["foo=1,bar=2"], "foo=1,bar=2")),
        stateNamed("tracestate_header_name", "trace-state", "trace.state", kept: ""),
        stateNamed(
            "tracestate_header_name_valid_casing", "TraceState", "TrAcEsTaTe", "TRACESTATE", kept: "foo=1"),
        states("tracestate_empty_header", ([""], ""), (["foo=1", ""], "foo=1"), (["", "foo=1"], "foo=1")),
        states(
            "tracestate_multiple_headers_different_keys",
            (["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3")),
        states(
            "tracestate_duplicated_keys", (["foo=1,foo=1"], ""), (["foo=1,foo=2"], ""), (["foo=1", "foo=1"], ""),
            (["foo=1", "foo=2"], "")),
        states(
            "tracestate_all_allowed_characters",
            (["\(keyCharacters)=\(valueCharacters)"], "\(keyCharacters)=\(valueCharacters)"),
            (["\(keyCharacters)@a-z0-9_-*/=\(valueCharacters)"], "\(keyCharacters)@a-z0-9_-*/=\(valueCharacters)"),
            // A blank at the beginning of a value belongs to it.
            (["a= \(valueCharacters)"], "a= \(valueCharacters)")),
        states(
            "tracestate_ows_handling", (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            (["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"), ([" foo=1"], "foo=1"), (["\tfoo=1"], "foo=1"),
            (["foo=1 "], "foo=1"), (["foo=1\t"], "foo=1"), (["\t foo=1 \t"], "foo=1")),
        states("tracestate_key_illegal_characters", (["foo =1"], ""), (["FOO=1"], ""), (["foo.bar=1"], "")),
        states(
            "tracestate_key_illegal_vendor_format", (["foo@=1,bar=2"], ""), (["@foo=1,bar=2"], ""),
            (["foo@@bar=1,bar=2"], ""), (["foo@bar@baz=1,bar=2"], "")),
        states(
            "tracestate_member_count_limit",
            ([members(1...10), members(11...20), members(21...30), members(31...32)], members(1...32)),
            ([members(1...10), members(11...20), members(21...30), members(31...33)], "")),
        states(
            "tracestate_key_length_limit",
            (["foo=1", String(repeating: "z", count: 256) + "=1"], "foo=1,\(String(repeating: "z", count: 256))=1"),
            (["foo=1", String(repeating: "z", count: 257) + "=1"], ""),
            (
                ["foo=1", String(repeating: "t", count: 241) + "@" + String(repeating: "v", count: 14) + "=1"],
                "foo=1,\(String(repeating: "t", count: 241))@\(String(repeating: "v", count: 14))=1"
            ),
            (["foo=1", String(repeating: "t", count: 242) + "@v=1"], ""),
            (["foo=1", "t@" + String(repeating: "v", count: 15) + "=1"], "")),
        states("tracestate_value_illegal_characters", (["foo=bar=baz"], ""), (["foo=,bar=3"], "")),
    ]

    @Test("every case of traceparent", arguments: traceParents)
    func traceParent(_ example: Case) async throws { try await run(example) }

    @Test("every case of tracestate", arguments: traceStates)
    func traceState(_ example: Case) async throws { try await run(example) }

    private func run(_ example: Case) async throws {
        let telemetry = try TestTelemetry().telemetry
        let recorded = Mutex<[[(name: String, value: String)]]>([])
        try await TestServer.run { router in
            router.get("recorder") { request, _ in
                let lines = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
                recorded.withLock { $0.append(lines) }
                return Response(status: .ok)
            }
        } _: { recorder in
            try await TestServer.run { router in
                router.add(middleware: ClewMiddleware(telemetry: telemetry))
                router.get("service/:calls") { _, context in
                    for _ in 0..<(try context.parameters.require("calls", as: Int.self)) {
                        let request = HTTPClientRequest(url: "http://127.0.0.1:\(recorder)/recorder")
                        let client = TracedHTTPClient(telemetry: telemetry)
                        let response = try await client.execute(request, timeout: .seconds(30))
                        _ = try await response.body.collect(upTo: 1024)
                    }
                    return Response(status: .ok)
                }
            } _: { service in
                for exchange in example.exchanges {
                    recorded.withLock { $0 = [] }
                    var request = HTTPClientRequest(url: "http://127.0.0.1:\(service)/service/\(exchange.calls)")
                    for (name, value) in exchange.sent { request.headers.add(name: name, value: value) }
                    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
                    #expect(response.status == .ok)
                    try expect(exchange, recorded.withLock { $0 })
                }
            }
        }
    }

    private func expect(_ exchange: Exchange, _ calls: [[(name: String, value: String)]]) throws {
        #expect(calls.count == exchange.calls)
        var traces: Set<Substring> = []
        var parents: Set<Substring> = []
        for lines in calls {
            func values(_ name: String) -> [String] { lines.filter { $0.name == name }.map(\.value) }
            let headers = values("traceparent")
            try #require(headers.count == 1, "\(exchange.sent)")
            let fields = try #require(headers[0].wholeMatch(of: /00-([0-9a-f]{32})-([0-9a-f]{16})-0[0-3]/)).output
            #expect(!fields.1.allSatisfy { $0 == "0" } && !fields.2.allSatisfy { $0 == "0" })
            traces.insert(fields.1)
            parents.insert(fields.2)
            #expect(values("tracestate").joined(separator: ",") == exchange.traceState, "\(exchange.sent)")
        }
        #expect(traces.count == 1)
        #expect(parents.count == exchange.calls && !parents.contains(Substring(Self.parent)))
        if exchange.continues {
            #expect(traces == [Substring(Self.trace)], "\(exchange.sent)")
        } else {
            let sent = exchange.sent.map(\.1).joined(separator: "\n")
            #expect(!traces.contains { sent.contains($0) }, "\(exchange.sent)")
        }
    }
}
