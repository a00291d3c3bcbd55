import Clew
import ClewModel
import ClewTesting
import ClewWire
import Testing

@Suite("The tools for tests", .timeLimit(.minutes(1)))
struct TestingToolsTests {
    func span(_ id: UInt64, parent: UInt64? = nil, _ name: String, at start: UInt64 = 0) -> ClewModel.Span {
        ClewModel.Span(
            traceID: TraceID(high: 1, low: 1), spanID: SpanID(id), parentSpanID: parent.map(SpanID.init), name: name,
            start: start, end: start + 1_500_000)
    }

    // MARK: - Questions

    @Test("a trace is shown as a tree, siblings by their start")
    func tree() {
        var failed = span(3, parent: 1, "POST /payments", at: 20)
        failed.kind = .client
        failed.status = ClewModel.SpanStatus(.error, message: "declined")
        failed.attributes = [
            Attribute("http.response.status_code", 402), Attribute("long", .string(.init(repeating: "x", count: 99))),
        ]
        failed.events = [ClewModel.SpanEvent(time: 1, name: "exception")]
        let tree = TraceTree(
            TraceID(high: 1, low: 1),
            of: [
                failed, span(4, parent: 2, "SELECT stock", at: 11), span(2, parent: 1, "reserve", at: 10),
                span(1, "order"),
            ])
        #expect(tree.outline == "order\n  reserve\n    SELECT stock\n  POST /payments")
        #expect(
            tree.description == """
                trace 00000000000000010000000000000001
                  order 1.50ms
                    reserve 1.50ms
                      SELECT stock 1.50ms
                    POST /payments client 1.50ms ERROR 'declined' http.response.status_code=402 \
                long=\(String(repeating: "x", count: 60))… [exception]
                """)
        #expect(tree.roots.map(\.name) == ["order"])
        #expect(tree.children(of: tree.roots[0]).map(\.name) == ["reserve", "POST /payments"])
    }

    @Test("spans with a lost parent, in a circle, twice, or their own parent are all shown, once each")
    func brokenTrees() {
        let spans = [
            span(1, parent: 99, "lost"), span(2, parent: 2, "own"), span(3, parent: 4, "a", at: 5),
            span(4, parent: 3, "b", at: 6), span(1, parent: 99, "lost"),
        ]
        let tree = TraceTree(TraceID(high: 1, low: 1), of: spans)
        #expect(tree.entries.count == 5)
        #expect(tree.outline == "lost\nlost\nown\nb\n  a" || tree.outline == "lost\nlost\nown\na\n  b")
    }

    @Test("a deep trace is no deep recursion")
    func deepTree() {
        let spans = (1...50_000).map { span(UInt64($0), parent: $0 == 1 ? nil : UInt64($0 - 1), "s") }
        #expect(TraceTree(TraceID(high: 1, low: 1), of: spans).entries.last?.depth == 49_999)
    }

    @Test("a metric is read over several exports: the last of cumulative points, the sum of delta points")
    func metrics() async {
        func sum(_ value: Int64, _ temporality: AggregationTemporality) -> MetricData {
            .sum(
                [
                    NumberPoint(
                        context: PointContext(attributes: [Attribute("a", "1"), Attribute("b", "2")]),
                        value: .int(value))
                ],
                temporality: temporality, isMonotonic: true)
        }
        let histogram = MetricData.histogram(
            [
                ClewModel.HistogramPoint(context: PointContext(attributes: [Attribute("a", "1")]), count: 3, sum: 1.5),
                ClewModel.HistogramPoint(context: PointContext(attributes: [Attribute("a", "2")]), count: 1, sum: 9),
            ], temporality: .delta)
        let exporter = InMemoryExporter()
        for batch in [
            [Metric(name: "total", data: sum(2, .cumulative)), Metric(name: "part", data: sum(2, .delta))],
            [
                Metric(name: "total", data: sum(5, .cumulative)), Metric(name: "part", data: sum(3, .delta)),
                Metric(name: "duration", unit: "s", data: histogram),
            ],
        ] { _ = await exporter.export(.metrics(batch)) }
        #expect(exporter.metric("total")?.value() == 5)
        #expect(exporter.metric("part")?.value(where: ["b": "2"]) == 5)
        #expect(exporter.metric("part")?.value(where: ["b": "3"]) == nil)
        #expect(exporter.metric("duration")?.count() == 4)
        #expect(exporter.metric("duration")?.count(where: ["a": "1"]) == 3)
        #expect(exporter.metric("duration")?.unit == "s")
        #expect(exporter.metric("none")?.value() == nil)
    }

    @Test("waiting ends when enough came, and otherwise says what came instead")
    func waiting() async throws {
        let exporter = InMemoryExporter()
        let waiting = Task { try await exporter.waitForSpans(count: 2, named: "b") }
        for (id, name) in [(1, "a"), (2, "b"), (3, "b")] {
            _ = await exporter.export(.spans([span(UInt64(id), name)]))
        }
        #expect(try await waiting.value.map(\.name) == ["b", "b"])
        let error = await #expect(throws: TelemetryTimeout.self) {
            try await exporter.waitForSpans(named: "c", within: .milliseconds(1))
        }
        let text = try #require(error).description
        #expect(text.contains("for 1 span named 'c'; received: 3 spans, 0 log records, 0 metrics"))
        #expect(text.contains("  b 1.50ms"))
        let cancelled = Task { try await exporter.waitForLogs(containing: "never", within: .seconds(3600)) }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    // MARK: - The fake collector

    /// The text that a collector with these behaviours answers to one request.
    func answer(
        _ behaviour: FakeCollector.Behaviour, headers: String = "Content-Type: application/x-protobuf\r\n"
    ) async throws -> String {
        try await FakeCollector.run(behaviour) {
            try await RawClient.post("/v1/traces", headers: headers, port: $0.port)
        }
    }

    /// Behaviours with the beginning of what is answered, and a part of it.
    static let answers: [(FakeCollector.Behaviour, start: String, part: String)] = [
        (.accept, "HTTP/1.1 200 OK", "\r\n\r\n"),
        (.answer(status: 413), "HTTP/1.1 413", "\r\n\r\n"),
        (.answer(status: 429, retryAfter: 7), "HTTP/1.1 429", "Retry-After: 7\r\n"),
        (.answer(status: 503, retryAt: 784_111_777_000_000_000), "HTTP/1.1 503", "Sun, 06 Nov 1994 08:49:37 GMT"),
        (.answer(status: 503, retryAt: 951_827_696_000_000_000), "HTTP/1.1 503", "Tue, 29 Feb 2000 12:34:56 GMT"),
        (.redirect(to: "http://127.0.0.1:1/"), "HTTP/1.1 307", "Location: http://127.0.0.1:1/\r\n"),
        (.wrongContentType, "HTTP/1.1 200", "Please log in"),
        (.partialSuccess(rejected: 2, message: "too old"), "HTTP/1.1 200", "too old"),
        (.delayed(.milliseconds(1), .answer(status: 500)), "HTTP/1.1 500", "\r\n\r\n"),
        (.closeInBody, "HTTP/1.1 200", "Content-Length: 100"),
    ]

    @Test("the collector answers as it is told", arguments: answers)
    func behaviours(_ behaviour: FakeCollector.Behaviour, start: String, part: String) async throws {
        let answer = try await answer(behaviour)
        #expect(answer.hasPrefix(start) && answer.contains(part), "\(answer)")
    }

    @Test("a connection that is closed at once is answered nothing")
    func closing() async throws {
        #expect(try await answer(.close) == "")
    }

    @Test("a partial success is answered in the encoding of the request")
    func partialSuccessAsJSON() async throws {
        let answer = try await answer(
            .partialSuccess(rejected: 2, message: "too old"), headers: "Content-Type: application/json\r\n")
        let body = try #require(answer.split(separator: "\r\n\r\n").last)
        #expect(try ExportResponse(json: Array(body.utf8), .traces) == ExportResponse(rejected: 2, message: "too old"))
    }

    @Test("a schedule is followed request by request, then the behaviour counts")
    func schedule() async throws {
        try await FakeCollector.run(.answer(status: 500), schedule: [.answer(status: 503), .close, .accept]) {
            collector in
            var answers: [Substring] = []
            for _ in 0..<5 { answers.append(try await RawClient.post("/v1/logs", port: collector.port).prefix(12)) }
            #expect(answers == ["HTTP/1.1 503", "", "HTTP/1.1 200", "HTTP/1.1 500", "HTTP/1.1 500"])
            #expect(collector.requests.map(\.isAccepted) == [false, true, false, false])
            #expect(collector.connectionCount == 5)
            #expect(try await RawClient.get("/v1/logs", port: collector.port).hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test(
        "a connection that is never read, or an answer that never ends, lasts until the client goes",
        arguments: [
            FakeCollector.Behaviour.neverRead, .hang, .hangInBody,
        ])
    func hanging(_ behaviour: FakeCollector.Behaviour) async throws {
        try await FakeCollector.run(behaviour) { collector in
            let waiting = Task { try await RawClient.post("/v1/traces", port: collector.port) }
            if behaviour == .neverRead {
                #expect(await collector.closedConnections.reached(1, until: .now + .milliseconds(50)) == false)
                #expect(collector.requests.isEmpty)
            } else {
                await collector.received(atLeast: 1)
            }
            waiting.cancel()
            let answer = try await waiting.value
            #expect(answer.isEmpty || behaviour == .hangInBody)
        }
    }

    @Test("the manual clock goes neither past its ends nor back when it is moved")
    func clockEnds() async throws {
        let clock = ManualClock(wall: 5)
        clock.stepWall(by: .seconds(-1))
        #expect(clock.clock.wall() == 0)
        clock.advance(by: .seconds(-1))
        #expect(clock.clock.monotonic() == 0)
        let sleeper = Task { try await clock.clock.sleep(.seconds(Int64.max)) }
        await clock.sleepers(atLeast: 1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
