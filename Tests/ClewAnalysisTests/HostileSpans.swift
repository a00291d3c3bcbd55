import ClewAnalysis
import ClewModel

/// Spans as nobody should send them, from a seed: times and numbers at the ends of their types, texts that are empty,
/// long or full of control characters, ids that repeat, parents and links in circles.
struct HostileSpans {
    private var generator: SplitMix64
    private let isConsistent: Bool
    private var firstTrace: UInt64 = 1
    private var spanCount: UInt64 = 0

    /// - Parameter isConsistent: Whether spans of one id are equal: else it is the first to arrive that counts.
    init(seed: UInt64, isConsistent: Bool = false) {
        generator = SplitMix64(seed: seed)
        self.isConsistent = isConsistent
    }

    /// The spans of up to five traces that link to one another, in any order.
    mutating func next() -> [Span] {
        firstTrace += 5
        var spans: [Span] = []
        for _ in 0..<Int.random(in: 1...40, using: &generator) { spans.append(span()) }
        for _ in 0..<3 { spans.append(pick(spans)) }
        return spans.shuffled(using: &generator)
    }

    /// A record of one of these traces, or of none.
    mutating func record() -> LogRecord {
        LogRecord(
            time: time(), attributes: attributes([SemanticConventions.correlationID]), traceID: traceID(),
            spanID: SpanID(UInt64.random(in: 0...9, using: &generator)), resource: resource())
    }

    private mutating func span() -> Span {
        spanCount += 1
        let id = isConsistent ? spanCount : UInt64.random(in: 0...9, using: &generator)
        var links: [SpanLink] = []
        for _ in 0..<pick([0, 0, 0, 1, 1, 2, 100]) {
            links.append(SpanLink(traceID: traceID(), spanID: SpanID(UInt64.random(in: 0...9, using: &generator))))
        }
        var events: [SpanEvent] = []
        for name in [SemanticConventions.circuitBreakerChangeEvent, "exception", ""] where isRare() {
            let keys = [SemanticConventions.patternName, SemanticConventions.exceptionMessage]
            events.append(SpanEvent(time: time(), name: name, attributes: attributes(keys)))
        }
        return Span(
            traceID: traceID(), spanID: SpanID(id), parentSpanID: parentID(), name: text(),
            kind: pick(SpanKind.allCases), start: time(), end: time(), attributes: attributes(Self.keys),
            events: events, links: links, status: SpanStatus(pick(SpanStatus.Code.allCases), message: text()),
            resource: resource())
    }

    private mutating func resource() -> Resource {
        Resource(attributes: [
            Attribute(SemanticConventions.serviceName, .string(pick(Self.services))),
            Attribute(SemanticConventions.serviceVersion, .string(pick(["", "1", "2"]))),
            Attribute(SemanticConventions.serviceInstanceID, .string(pick(["", "a", "b", "c"]))),
        ])
    }

    private mutating func attributes(_ keys: [String]) -> Attributes {
        var attributes: Attributes = []
        for key in keys where isRare() {
            attributes.append(Attribute(key, value()))
            if isRare() { attributes.append(Attribute(key, value())) }
        }
        return attributes
    }

    private mutating func value() -> AttributeValue {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: .int(pick(Self.numbers))
        case 1: .int(pick(Self.numbers))
        case 2: .double(pick(Self.fractions))
        case 3: pick(Self.others)
        default: .string(text())
        }
    }

    private mutating func parentID() -> SpanID? {
        guard !isRare() else { return nil }
        guard isConsistent else { return SpanID(UInt64.random(in: 0...9, using: &generator)) }
        // Itself, one of those before, or one that follows, if there is one.
        let (back, ahead) = (UInt64.random(in: 0...8, using: &generator), UInt64(isRare() ? 2 : 0))
        return SpanID((spanCount > back ? spanCount - back : 1) + ahead)
    }

    private mutating func traceID() -> TraceID {
        TraceID(high: 0xBAD, low: firstTrace + UInt64.random(in: 0..<5, using: &generator))
    }

    private mutating func time() -> UnixNanoseconds {
        let edges: [UInt64] = [0, 1, .max, .max - 1, 1 << 63, 1 << 62]
        guard !isRare() else { return pick(edges) }
        return 1_700_000_000_000_000_000 + UInt64.random(in: 0...20_000, using: &generator) * 1_000_000
    }

    private mutating func text() -> String {
        guard Int.random(in: 0..<60, using: &generator) > 0 else {
            return String(repeating: pick(["x", "é", "\u{301}", "a\u{0} "]), count: 3000)
        }
        return pick(Self.texts)
    }

    private mutating func isRare() -> Bool { Int.random(in: 0..<5, using: &generator) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private static let keys = AuditSpan.attributeKeys.sorted()
    private static let services = ["", "gateway", "orders", "payments", "\u{1B}[2J", "\u{202E}stock"]
    private static let numbers: [Int64] = [.min, .min + 1, -1, 0, 1, 2, 3, 200, 400, 404, 500, 503, .max - 1, .max]
    private static let fractions: [Double] = [.nan, .infinity, -.infinity, -1, 0, 0.5, 1e300, .leastNonzeroMagnitude]
    private static let others: [AttributeValue] = [
        .empty, .bool(true), .bytes([0, 255]), .array([.array([.int(.min)]), .string("\n")]),
    ]
    private static let texts = [
        "", " ", "a", "b", "/", "://", "?", "%", "o-1", "o-2", "GET", "POST /orders", "SELECT orders",
        "INSERT INTO outbox", "WITH x AS (DELETE", "sqlite", "redis", ":memory:", "executed", "replayed", "processed",
        "duplicate", "running", "completed", "compensated", "parked", "compensate", "execute", "circuit_open",
        "\u{1B}[31mred\u{7}\r\n\t", "\u{202E}left\u{2066}", "\u{0}", "\u{301}\u{301}", "日本語", "👩‍👩‍👧",
    ]
}

extension AuditSettings {
    /// With every parameter of every rule at one value: at zero a rule finds whatever it can.
    static func everywhere(_ value: Double) -> AuditSettings {
        var settings = AuditSettings()
        for rule in Audit.rules {
            let parameters = rule.parameters.map { ($0.name, value) }
            settings.rules[rule.name] = RuleSettings(parameters: Dictionary(uniqueKeysWithValues: parameters))
        }
        return settings
    }
}
