import ClewModel
import ClewWire
import Testing

@Suite("Round trips")
struct RoundTripTests {
    @Test("spans survive protobuf with every field", arguments: 0..<20)
    func spans(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let spans = random.spans(25)
        #expect(try OTLP.decodeTraces(OTLP.encode(spans)) == spans)
    }

    @Test("log records survive protobuf with every field", arguments: 0..<20)
    func records(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let records = random.records(25)
        #expect(try OTLP.decodeLogs(OTLP.encode(records)) == records)
    }

    @Test("metrics of every kind survive protobuf", arguments: 0..<20)
    func metrics(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let metrics = random.metrics(25)
        #expect(try OTLP.decodeMetrics(OTLP.encode(metrics)) == metrics)
    }

    @Test("JSON and protobuf turn into each other without loss, pretty or not", arguments: 0..<20, [false, true])
    func json(seed: UInt64, pretty: Bool) throws {
        var random = RandomTelemetry(seed: seed)
        let messages: [(OTLPMessage, [UInt8])] = [
            (.traces, OTLP.encode(random.spans(8))), (.logs, OTLP.encode(random.records(8))),
            (.metrics, OTLP.encode(random.metrics(8))),
        ]
        for (message, protobuf) in messages {
            let json = try OTLPJSON.fromProtobuf(protobuf, message, pretty: pretty)
            #expect(try OTLPJSON.toProtobuf(json, message) == protobuf)
        }
    }

    @Test("the pieces that a store keeps as bytes turn back into the model", arguments: 0..<20)
    func pieces(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let (resource, scope, value) = (random.resource(), random.scope(), random.value())
        let (event, link) = (random.event(), random.link())
        let bytes = OTLP.encodeResource(resource)
        #expect(try unsafe OTLP.decodeResource(bytes.span.bytes, schemaURL: resource.schemaURL) == resource)
        let scopeBytes = OTLP.encodeScope(scope)
        #expect(try unsafe OTLP.decodeScope(scopeBytes.span.bytes, schemaURL: scope.schemaURL) == scope)
        let valueBytes = OTLP.encodeValue(value)
        #expect(try unsafe OTLP.decodeValue(valueBytes.span.bytes) == value)
        let eventBytes = OTLP.encodeEvent(event)
        #expect(try unsafe OTLP.decodeEvent(eventBytes.span.bytes) == event)
        let linkBytes = OTLP.encodeLink(link)
        #expect(try unsafe OTLP.decodeLink(linkBytes.span.bytes) == link)
    }

    @Test("adjacent items of equal resource and scope share one message of each")
    func grouping() throws {
        let (first, second) = (Resource(attributes: [Attribute("service.name", "a")]), Resource())
        let scope = InstrumentationScope(name: "s")
        func span(_ resource: Resource, _ scope: InstrumentationScope) -> Span {
            Span(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: "n", start: 1, end: 2, resource: resource,
                scope: scope)
        }
        let spans = [
            span(first, scope), span(first, scope), span(first, InstrumentationScope()), span(second, scope),
            span(first, scope),
        ]
        var counter = EnvelopeCounter()
        let bytes = OTLP.encode(spans)
        try OTLP.decodeTraces(unsafe bytes.span.bytes, into: &counter)
        #expect(counter.resources == 3)
        #expect(counter.scopes == 4)
        #expect(counter.spans == 5)
        #expect(try OTLP.decodeTraces(bytes) == spans)
    }

    @Test("a resource or scope that is not equal to itself, since an attribute is NaN, is still written")
    func unequalToItself() throws {
        let notANumber: Attributes = [Attribute("n", .double(.nan))]
        let records = (1...3).map { time in
            LogRecord(
                time: UInt64(time), resource: Resource(attributes: notANumber),
                scope: InstrumentationScope(attributes: notANumber))
        }
        #expect(try OTLP.decodeLogs(OTLP.encode(records)).map(\.time) == [1, 2, 3])
    }

    @Test("NaN keeps its meaning in JSON")
    func notANumber() throws {
        let record = LogRecord(time: 1, body: .double(.nan))
        let json = try OTLPJSON.fromProtobuf(OTLP.encode([record]), .logs)
        #expect(String(decoding: json, as: UTF8.self).contains(#""doubleValue":"NaN""#))
        guard case .double(let value)? = try OTLP.decodeLogs(OTLPJSON.toProtobuf(json, .logs)).first?.body else {
            Issue.record("the body is no longer a double")
            return
        }
        #expect(value.isNaN)
    }

    @Test("answers survive both forms", arguments: Signal.allCases)
    func answers(signal: Signal) throws {
        for answer in [
            ExportResponse(), ExportResponse(rejected: 3, message: "bad \"ids\""), ExportResponse(message: "w"),
        ] {
            #expect(try ExportResponse(protobuf: answer.protobuf) == answer)
            #expect(try ExportResponse(json: answer.json(signal), signal) == answer)
        }
        #expect(ExportResponse().protobuf == [])
        #expect(try ExportResponse().json(signal) == Array("{}".utf8))
        let status = StatusMessage(.invalidArgument, "field 7 has wire type 5")
        #expect(try StatusMessage(protobuf: status.protobuf) == status)
        #expect(try StatusMessage(json: status.json()) == status)
        let later = StatusMessage(.unavailable, "the disk is full", retryDelay: 5)
        #expect(try StatusMessage(protobuf: later.protobuf) == later)
        let json =
            #"{"code":14,"message":"the disk is full","details":[{"@type":"#
            + #""type.googleapis.com/google.rpc.RetryInfo","retryDelay":"5s"}]}"#
        #expect(try String(decoding: later.json(), as: UTF8.self) == json)
    }

    @Test("each signal's answer has its own name for the count in JSON")
    func answerNames() throws {
        let names: [Signal: String] = [
            .traces: "rejectedSpans", .logs: "rejectedLogRecords", .metrics: "rejectedDataPoints",
        ]
        for (signal, name) in names {
            let json = String(decoding: try ExportResponse(rejected: 2, message: "m").json(signal), as: UTF8.self)
            #expect(json == #"{"partialSuccess":{"\#(name)":"2","errorMessage":"m"}}"#)
        }
    }
}

/// Counts what a decoder hands over.
private struct EnvelopeCounter: SpanSink {
    var resources = 0
    var scopes = 0
    var spans = 0

    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) { resources += 1 }
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) { scopes += 1 }
    mutating func attribute(key: RawSpan, value: RawSpan) {}
    mutating func event(_ message: RawSpan) {}
    mutating func link(_ message: RawSpan) {}
    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) { spans += 1 }
    mutating func reject(_ reason: RejectionReason) {}
}
