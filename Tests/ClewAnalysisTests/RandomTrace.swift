import ClewAnalysis
import ClewModel

/// Traces with every oddity that senders produce, from a seed.
enum RandomTrace {
    private static let services = ["gateway", "orders", "payments", "inventory"]

    static func spans(seed: UInt64) -> [SpanSummary] {
        var generator = SplitMix64(seed: seed)
        let count = Int.random(in: 1...40, using: &generator)
        var spans: [SpanSummary] = []
        for number in 0..<count {
            let parent = spans.randomElement(using: &generator)
            spans.append(span(number, under: parent, using: &generator))
        }
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            guard var repeated = spans.randomElement(using: &generator) else { continue }
            // Every second is no duplicate but shares the id of another span, as in Zipkin.
            if Bool.random(using: &generator) {
                repeated.kind = SpanKind.allCases.randomElement(using: &generator) ?? .server
                repeated.service = services.randomElement(using: &generator) ?? ""
            }
            spans.append(repeated)
        }
        spans.shuffle(using: &generator)
        return spans
    }

    private static func span(
        _ number: Int, under parent: SpanSummary?, using generator: inout SplitMix64
    ) -> SpanSummary {
        let outer = parent.map { ($0.start, max($0.end, $0.start)) } ?? (1_000_000_000, 1_000_010_000)
        let margin: UInt64 = Bool.random(using: &generator) ? 0 : 2000
        let from = UInt64.random(in: (outer.0 - margin)...(outer.1 + margin), using: &generator)
        let to = UInt64.random(in: (outer.0 - margin)...(outer.1 + margin), using: &generator)
        let isOrdered = Int.random(in: 0..<20, using: &generator) > 0
        let isZero = Int.random(in: 0..<10, using: &generator) == 0
        let skew: UInt64 = Int.random(in: 0..<8, using: &generator) == 0 ? 500_000 : 0
        return SpanSummary(
            traceID: TraceID(high: 0, low: 1),
            spanID: SpanID(UInt64(number + 1)),
            parentSpanID: parentID(number, parent, using: &generator),
            service: services.randomElement(using: &generator) ?? "",
            name: "span \(number)",
            kind: SpanKind.allCases.randomElement(using: &generator) ?? .internal,
            start: (isOrdered ? min(from, to) : max(from, to)) - skew,
            end: (isZero ? min(from, to) : isOrdered ? max(from, to) : min(from, to)) - skew,
            target: nil)
    }

    private static func parentID(
        _ number: Int, _ parent: SpanSummary?, using generator: inout SplitMix64
    ) -> SpanID? {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: SpanID(999)
        case 1: SpanID(UInt64(number + 2))
        case 2: SpanID(UInt64(number + 1))
        case 3: nil
        default: parent?.spanID
        }
    }
}
