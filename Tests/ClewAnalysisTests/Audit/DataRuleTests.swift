import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about data, messages, sagas and context: what holds for all")
struct DataRuleTests {
    @Test("what is found does not depend on the order of the traces", arguments: BrokenData.rules)
    func order(rule: String) {
        let traces = BrokenData.traces(of: rule)
        let findings = traces.findings(of: rule)
        #expect(!findings.isEmpty)
        #expect(traces.reversed().findings(of: rule) == findings)
        var generator = SplitMix64(seed: 7)
        for _ in 0..<5 { #expect(traces.shuffled(using: &generator).findings(of: rule) == findings) }
    }

    @Test("a finding names its rule, its services and traces that were looked at", arguments: BrokenData.rules)
    func form(rule: String) {
        let traces = BrokenData.traces(of: rule)
        let known = Set(traces.compactMap(\.id))
        for finding in traces.findings(of: rule) {
            #expect(finding.rule == rule)
            #expect(!finding.services.isEmpty && !finding.summary.isEmpty && !finding.reason.isEmpty)
            #expect((1...finding.population).contains(finding.occurrences))
            #expect(!finding.evidence.isEmpty && finding.evidence.allSatisfy { known.contains($0.trace) })
            #expect(finding.evidence.allSatisfy { !$0.spans.isEmpty })
        }
    }

    @Test("a parameter out of reach silences a rule", arguments: BrokenData.rules)
    func parameters(rule: String) {
        let names = ["calls", "requests", "messages", "keys", "sagas", "spans"]
        let known = Audit.rules.first { $0.name == rule }?.parameters.map(\.name) ?? []
        let high = Dictionary(uniqueKeysWithValues: names.filter(known.contains).map { ($0, 1e6) })
        #expect(!high.isEmpty)
        #expect(BrokenData.traces(of: rule).findings(of: rule, high).isEmpty)
    }

    @Test("one anti-pattern is found by its own rule and no other of these", arguments: BrokenData.rules)
    func separation(rule: String) {
        let traces = BrokenData.traces(of: rule)
        for other in BrokenData.rules where other != rule {
            let findings = traces.findings(of: other)
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test("a clean shop has no finding", arguments: BrokenData.rules)
    func clean(rule: String) {
        let findings = CleanEvents.traces(600, seed: 1).findings(of: rule)
        #expect(findings.isEmpty, "\(findings)")
    }

    /// Edges inside requests, between a step of a saga and the next, and far enough apart for a saga to look old.
    @Test(
        "a window that cuts requests, messages and sagas in two makes no finding",
        arguments: [5013...14987, 5057.3...27031, 101.9...19950.4, 9999...12003] as [ClosedRange<Double>])
    func edges(window: ClosedRange<Double>) {
        let traces = CleanEvents.traces(600, seed: 2).cut(window)
        for rule in BrokenData.rules {
            let findings = traces.findings(of: rule)
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test("spans without kinds and attributes make no finding", arguments: BrokenData.rules)
    func bare(rule: String) {
        let traces = BrokenData.traces(of: rule).map { trace in
            AuditTrace(
                spans: trace.spans.map { span in
                    var span = span
                    span.summary.kind = .unspecified
                    span.summary.target = nil
                    span.attributes = []
                    return span
                })
        }
        #expect(traces.findings(of: rule).isEmpty)
    }

    @Test("odd traces do no harm", arguments: BrokenData.rules)
    func odd(rule: String) {
        let keys = AuditSpan.attributeKeys.sorted()
        let spans = (UInt64(1)...200).map { (number: UInt64) -> AuditSpan in
            var attributes: Attributes = []
            for (place, key) in keys.enumerated() {
                attributes.append(Attribute(key, (Int(number) + place) % 5 == 0 ? .int(.min) : "x"))
            }
            // Parents that are missing, themselves or later; times at both ends of what a number holds.
            let span = Span(
                traceID: TraceID(high: 0, low: 1), spanID: SpanID(number), parentSpanID: SpanID(number * 7 % 211),
                name: "GET /", kind: SpanKind(rawValue: UInt8(number % 6)) ?? .unspecified,
                start: number % 3 == 0 ? .max : number, end: number % 4 == 0 ? 0 : .max, attributes: attributes,
                links: [SpanLink(traceID: TraceID(high: 0, low: number), spanID: SpanID(1))],
                resource: Resource(attributes: [Attribute("service.name", .string("s\(number % 5)"))]))
            return AuditSpan(span)
        }
        let traces = Array(repeating: AuditTrace(spans: spans), count: 30)
        let record = LogRecord(time: .max, traceID: TraceID(high: 0, low: 1))
        #expect(traces.findings(of: rule, records: [record]).count <= 200)
    }
}
