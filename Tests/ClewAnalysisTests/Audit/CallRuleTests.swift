import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about calls: what holds for all")
struct CallRuleTests {
    @Test("what is found does not depend on the order of the traces", arguments: BrokenCalls.rules)
    func order(rule: String) {
        let traces = BrokenCalls.traces(of: rule)
        let findings = traces.findings(of: rule)
        #expect(!findings.isEmpty)
        #expect(traces.reversed().findings(of: rule) == findings)
        var generator = SplitMix64(seed: 7)
        #expect(traces.shuffled(using: &generator).findings(of: rule) == findings)
    }

    @Test("a finding names its rule, its services and traces that were looked at", arguments: BrokenCalls.rules)
    func form(rule: String) {
        let traces = BrokenCalls.traces(of: rule)
        let known = Set(traces.compactMap(\.id))
        for finding in traces.findings(of: rule) {
            #expect(finding.rule == rule)
            #expect(!finding.services.isEmpty && !finding.summary.isEmpty && !finding.reason.isEmpty)
            #expect((1...finding.population).contains(finding.occurrences))
            #expect(!finding.evidence.isEmpty && finding.evidence.allSatisfy { known.contains($0.trace) })
            #expect(finding.evidence.allSatisfy { !$0.spans.isEmpty })
        }
    }

    @Test("a parameter out of reach silences a rule", arguments: BrokenCalls.rules)
    func parameters(rule: String) {
        let names = ["depth", "traces", "requests", "repeats", "calls", "errors", "samples"]
        let known = Audit.rules.first { $0.name == rule }?.parameters.map(\.name) ?? []
        let high = Dictionary(uniqueKeysWithValues: names.filter { known.contains($0) }.map { ($0, 1e6) })
        #expect(!high.isEmpty)
        #expect(BrokenCalls.traces(of: rule).findings(of: rule, high).isEmpty)
    }

    @Test("spans without kinds and attributes make nothing surer than possible", arguments: BrokenCalls.rules)
    func bare(rule: String) {
        for finding in BrokenCalls.traces(of: rule).map(\.bare).findings(of: rule) {
            // Instances and versions are those of the resource, which is known.
            guard rule != "hot-instance" else { continue }
            #expect(finding.confidence == .possible, "\(finding)")
        }
    }

    @Test(
        "calls are understood without kinds and attributes",
        arguments: ["deep-sync-chain", "n-plus-one", "sequential-fanout", "distributed-monolith", "nano-service"])
    func foreign(rule: String) {
        let (typed, bare) = (BrokenCalls.traces(of: rule), BrokenCalls.traces(of: rule).map(\.bare))
        #expect(bare.findings(of: rule).map(\.place) == typed.findings(of: rule).map(\.place))
    }

    @Test("the methods of reads are known from their names where the spans have no kinds")
    func untypedReads() throws {
        let traces = BrokenCalls.sequentialFanout().map(\.bare)
        let finding = try #require(traces.findings(of: "sequential-fanout").first)
        #expect(finding.reason.contains("no kinds"))
    }

    @Test("a clean shop has no finding, whatever the noise", arguments: [1, 2, 3] as [UInt64])
    func clean(seed: UInt64) {
        var shop = CleanShop(seed: seed)
        let traces = (0..<400).map { _ in shop.trace() }
        for rule in BrokenCalls.rules {
            let findings = traces.findings(of: rule)
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test("odd traces do no harm", arguments: BrokenCalls.rules)
    func odd(rule: String) {
        var spans: [AuditSpan] = []
        for number in UInt64(1)...40 {
            // Parents that are missing, themselves or later; times at both ends of what a number holds.
            let span = Span(
                traceID: TraceID(high: 0, low: 1), spanID: SpanID(number), parentSpanID: SpanID(number * 7 % 43),
                name: "GET /", kind: SpanKind(rawValue: UInt8(number % 6)) ?? .unspecified,
                start: number % 3 == 0 ? .max : number, end: number % 4 == 0 ? 0 : .max,
                attributes: [Attribute(SemanticConventions.httpResponseBodySize, .int(.max))],
                resource: Resource(attributes: [Attribute("service.name", .string("s\(number % 5)"))]))
            spans.append(AuditSpan(span))
        }
        let traces = Array(repeating: AuditTrace(spans: spans), count: 30)
        #expect(traces.findings(of: rule).count <= 200)
    }
}

extension AuditTrace {
    /// As a sender without kinds, attributes and states would have sent it.
    fileprivate var bare: AuditTrace {
        AuditTrace(
            spans: spans.map { span in
                var span = span
                span.summary.kind = .unspecified
                span.summary.target = nil
                span.summary.status = .unset
                span.attributes = []
                return span
            })
    }
}
