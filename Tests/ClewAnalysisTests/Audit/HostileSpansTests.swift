import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Audit of hostile spans")
struct HostileSpansTests {
    /// In one trace, what is worse than n log n takes minutes.
    private static let many = 30_000

    /// The report on spans and records that come in an order of their own.
    private func report(
        _ spans: [Span], _ settings: AuditSettings, _ records: [LogRecord] = [], order seed: UInt64 = 0
    ) -> AuditReport {
        var generator = SplitMix64(seed: seed)
        var audit = Audit(from: 0, to: .max, settings: settings)
        let traces = Dictionary(grouping: spans.shuffled(using: &generator), by: \.traceID)
            .sorted { $0.key < $1.key }.map { trace in AuditTrace(spans: trace.value.map { AuditSpan($0) }) }
        let isBefore = Bool.random(using: &generator)
        if isBefore { for record in records { audit.add(record) } }
        for trace in traces.shuffled(using: &generator) { audit.add(trace) }
        if !isBefore { for record in records.shuffled(using: &generator) { audit.add(record) } }
        return audit.finish()
    }

    private func isBounded(_ finding: Finding) -> Bool {
        finding.evidence.count <= Finding.maximumEvidence && finding.services.count <= Finding.maximumServices
            && finding.evidence.allSatisfy { $0.spans.count <= Finding.Evidence.maximumSpans }
            && finding.summary.utf8.count < 40 << 10 && finding.place.utf8.count < 40 << 10
            && finding.occurrences > 0 && finding.population >= 0 && finding.cost.errors >= 0
    }

    @Test(
        "no span traps the audit, whatever its settings; findings stay bounded and can be shown",
        arguments: [0, 1, 2, 3, 4, 5] as [UInt64])
    func bounds(seed: UInt64) {
        let settings = [AuditSettings(), .everywhere(0), .everywhere(1e308)]
        var hostile = HostileSpans(seed: seed)
        for round in 0..<6 {
            var spans: [Span] = []
            var records: [LogRecord] = []
            for _ in 0..<15 {
                spans += hostile.next()
                records.append(hostile.record())
            }
            var report = report(spans, settings[round % settings.count], records)
            #expect(report.findings.count <= Audit.maximumFindings)
            #expect(report.findings.allSatisfy(isBounded))
            report.findings = Array(report.findings.prefix(12))
            #expect(AuditPanel(report).isSafe)
        }
    }

    @Test("findings do not depend on the order of arrival", arguments: [1, 2, 3, 4] as [UInt64])
    func order(seed: UInt64) {
        var hostile = HostileSpans(seed: seed, isConsistent: true)
        var spans: [Span] = []
        var records: [LogRecord] = []
        for _ in 0..<30 {
            spans += hostile.next()
            records.append(hostile.record())
        }
        let first = report(spans, .everywhere(0), records)
        #expect(!first.findings.isEmpty)
        for order in UInt64(1)...3 { #expect(report(spans, .everywhere(0), records, order: order) == first) }
    }

    @Test("a report holds so many findings, the worst, and counts the others")
    func findings() {
        // Each trace shows a chain of its own.
        let spans = (1...UInt64(Audit.maximumFindings + 20)).flatMap { number -> [Span] in
            var spans = [
                span(1, under: nil, "a", .server, 0...100), span(2, under: 1, "s\(number)", .server, 10...90),
            ]
            for index in spans.indices { spans[index].traceID = TraceID(high: 1, low: number) }
            return spans
        }
        let report = report(spans, .everywhere(0))
        #expect(report.findings.count == Audit.maximumFindings)
        #expect(report.omittedFindings > 0)
        #expect(AuditPanel(report, limit: 1).render(RenderOptions()).contains("left out"))
    }

    // MARK: - Texts

    @Test("long texts are cut, and two of them stay two")
    func longTexts() {
        let long = String(repeating: "x", count: 1 << 20)
        let spans = ["a", "b", "b"].map { tail in
            var span = span(1, under: nil, long + tail, .server, 0...1)
            span.name = long + tail
            span.attributes = AuditSpan.attributeKeys.sorted().map { Attribute($0, .string(long + tail)) }
            return AuditSpan(span)
        }
        #expect(spans.allSatisfy { $0.summary.name.utf8.count < 1100 && $0.summary.service.utf8.count < 1100 })
        #expect(spans[0].attributes.reduce(0) { $0 + ($1.value.stringValue?.utf8.count ?? 0) } <= 16 << 10)
        #expect(spans[0].summary.name != spans[1].summary.name)
        #expect(spans[1] == spans[2])
    }

    // MARK: - Shapes

    private func span(
        _ id: UInt64, under parent: UInt64?, _ service: String, _ kind: SpanKind, _ time: ClosedRange<UInt64>,
        _ attributes: Attributes = [], isError: Bool = false
    ) -> Span {
        Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(id), parentSpanID: parent.map { SpanID($0) },
            name: "GET /", kind: kind, start: time.lowerBound, end: time.upperBound, attributes: attributes,
            status: SpanStatus(isError ? .error : .unset),
            resource: Resource(attributes: [
                Attribute(SemanticConventions.serviceName, .string(service)),
                Attribute(SemanticConventions.serviceVersion, "1"),
                Attribute(SemanticConventions.serviceInstanceID, .string("i\(id)")),
            ]))
    }

    @Test("one span may call any number of services", .timeLimit(.minutes(2)))
    func star() {
        let count = UInt64(Self.many)
        let children = (2...count).map { span($0, under: 1, "s\($0)", .server, $0 * 10...$0 * 10 + 10) }
        let report = report([span(1, under: nil, "a", .server, 0...count * 20)] + children, .everywhere(0))
        #expect(report.findings.contains { $0.rule == "sequential-fanout" })
    }

    @Test("calls may be any number of levels deep, in one service or between two", .timeLimit(.minutes(2)))
    func chain() {
        let count = UInt64(Self.many)
        for services in [["a"], ["a", "b"]] {
            let spans = (1...count).map { number in
                span(
                    number, under: number == 1 ? nil : number - 1, services[Int(number) % services.count], .client,
                    number...3 * count - number, [Attribute(SemanticConventions.dbSystemName, "sqlite")])
            }
            #expect(report(spans, .everywhere(0)).spanCount == Self.many)
        }
    }

    @Test("any number of instances may do the same", .timeLimit(.minutes(2)))
    func instances() {
        // One in two hundred is slow.
        let spans = (1...UInt64(Self.many)).map { number in
            span(number, under: nil, "a", .server, 0...(number % 200 == 0 ? 1_000_000_000 : 1000))
        }
        let report = report(spans, AuditSettings(rules: ["hot-instance": .init(parameters: ["samples": 1])]))
        #expect(report.findings.contains { $0.rule == "hot-instance" })
    }

    @Test("retries may be any number of levels deep, each around one of its own", .timeLimit(.minutes(2)))
    func nestedRetries() {
        let levels: UInt64 = 5000
        func attempt(
            _ id: UInt64, _ level: UInt64, _ time: ClosedRange<UInt64>, _ peer: String, _ count: Int64
        ) -> Span {
            let attributes = [
                Attribute(SemanticConventions.peerService, .string(peer)),
                Attribute(SemanticConventions.httpRequestResendCount, .int(count)),
            ]
            return span(id, under: level == 0 ? nil : level * 4 - 2, "a", .client, time, attributes, isError: true)
        }
        let spans = (0..<levels).flatMap { level -> [Span] in
            let (id, start) = (level * 4, level * 10)
            return [
                attempt(id + 1, level, start...start + 1, "next", 0),
                attempt(id + 2, level, start + 2...1_000_000 - level, "next", 1),
                attempt(id + 3, level + 1, start + 3...start + 4, "leaf \(level)", 0),
                attempt(id + 4, level + 1, start + 5...start + 6, "leaf \(level)", 1),
            ]
        }
        let nested = report(spans, .everywhere(0)).findings.filter { $0.rule == "nested-retries" }
        #expect(!nested.isEmpty)
        #expect(nested.allSatisfy(isBounded))
    }
}
