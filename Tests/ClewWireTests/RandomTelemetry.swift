import ClewModel

/// Makes random telemetry that uses every field and every type of value.
struct RandomTelemetry {
    var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    mutating func list<Element>(upTo count: Int, _ element: (inout RandomTelemetry) -> Element) -> [Element] {
        (0..<Int.random(in: 0...count, using: &generator)).map { _ in element(&self) }
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func word() -> UInt64 {
        pick([0, 1, 127, 128, 1 << 32, UInt64(Int64.max), generator.next() >> 1, generator.next() >> 40])
    }

    mutating func count() -> UInt32 { chance(70) ? 0 : UInt32(truncatingIfNeeded: generator.next()) }

    mutating func string() -> String {
        pick([
            "", "a", "checkout", "GET /orders/{id}", "naïve café", "日本語のテキスト", "👩‍👩‍👧‍👦 family", "quote \" and \\ and /",
            "tab\tline\nreturn\r nul\u{0} bell\u{7} del\u{7F}", "\u{FFFD}\u{FEFF}\u{10FFFF}\u{D7FF}\u{E000}",
            String(repeating: "long ", count: Int.random(in: 1...60, using: &generator)),
            String(generator.next(), radix: 36),
        ])
    }

    mutating func double() -> Double {
        pick([
            0, -0.0, 1, -1.5, 0.1, 1e300, -1e-300, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity,
            -.infinity,
            Double.random(in: -1e6...1e6, using: &generator), Double(Int64.max),
        ])
    }

    mutating func int() -> Int64 {
        pick([0, 1, -1, .min, .max, (1 << 53) + 1, Int64(bitPattern: generator.next())])
    }

    mutating func value(depth: Int = 0) -> AttributeValue {
        switch Int.random(in: 0..<(depth < 4 ? 9 : 7), using: &generator) {
        case 0: .empty
        case 1, 2: .string(string())
        case 3: .bool(chance(50))
        case 4: .int(int())
        case 5: .double(double())
        case 6: .bytes(list(upTo: 20) { UInt8(truncatingIfNeeded: $0.generator.next()) })
        case 7: .array(list(upTo: 4) { $0.value(depth: depth + 1) })
        default: .keyValueList(attributes(upTo: 4, depth: depth + 1))
        }
    }

    mutating func attributes(upTo count: Int = 6, depth: Int = 0) -> Attributes {
        list(upTo: count) { Attribute($0.string(), $0.value(depth: depth)) }
    }

    mutating func traceID() -> TraceID { TraceID.random(using: &generator) }

    mutating func spanID() -> SpanID { SpanID.random(using: &generator) }

    mutating func resource() -> Resource {
        Resource(attributes: attributes(), droppedAttributesCount: count(), schemaURL: string())
    }

    mutating func scope() -> InstrumentationScope {
        InstrumentationScope(
            name: string(), version: string(), attributes: attributes(upTo: 2), droppedAttributesCount: count(),
            schemaURL: string())
    }

    /// Calls `item` with resources and scopes that stay the same for some items in a row.
    mutating func grouped<Item>(
        _ count: Int, _ item: (inout RandomTelemetry, Resource, InstrumentationScope) -> Item
    ) -> [Item] {
        var (resource, scope) = (resource(), scope())
        return (0..<count).map { _ in
            if chance(20) { resource = self.resource() }
            if chance(30) { scope = self.scope() }
            return item(&self, resource, scope)
        }
    }

    mutating func spans(_ count: Int) -> [Span] {
        grouped(count) { random, resource, scope in
            Span(
                traceID: random.traceID(),
                spanID: random.spanID(),
                parentSpanID: random.chance(60) ? random.spanID() : nil,
                traceState: random.string(),
                flags: random.count(),
                name: random.string(),
                kind: random.pick(SpanKind.allCases),
                start: random.word(),
                end: random.word(),
                attributes: random.attributes(),
                droppedAttributesCount: random.count(),
                events: random.list(upTo: 3) { $0.event() },
                droppedEventsCount: random.count(),
                links: random.list(upTo: 3) { $0.link() },
                droppedLinksCount: random.count(),
                status: SpanStatus(random.pick(SpanStatus.Code.allCases), message: random.string()),
                resource: resource,
                scope: scope
            )
        }
    }

    mutating func event() -> SpanEvent {
        SpanEvent(time: word(), name: string(), attributes: attributes(), droppedAttributesCount: count())
    }

    mutating func link() -> SpanLink {
        SpanLink(
            traceID: traceID(), spanID: spanID(), traceState: string(), flags: count(), attributes: attributes(),
            droppedAttributesCount: count())
    }

    mutating func records(_ count: Int) -> [LogRecord] {
        grouped(count) { random, resource, scope in
            LogRecord(
                time: random.word(),
                observedTime: random.word(),
                severityNumber: UInt8(random.pick([0, 1, 9, 24, 200])),
                severityText: random.string(),
                body: random.value(),
                attributes: random.attributes(),
                droppedAttributesCount: random.count(),
                flags: random.count(),
                traceID: random.chance(50) ? random.traceID() : nil,
                spanID: random.chance(50) ? random.spanID() : nil,
                eventName: random.string(),
                resource: resource,
                scope: scope
            )
        }
    }

    mutating func metrics(_ count: Int) -> [Metric] {
        grouped(count) { random, resource, scope in
            Metric(
                name: random.string(), description: random.string(), unit: random.string(), data: random.metricData(),
                metadata: random.attributes(upTo: 2), resource: resource, scope: scope)
        }
    }

    private mutating func metricData() -> MetricData {
        let temporality = pick([AggregationTemporality.unspecified, .delta, .cumulative])
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0: .gauge(list(upTo: 3) { $0.numberPoint() })
        case 1: .sum(list(upTo: 3) { $0.numberPoint() }, temporality: temporality, isMonotonic: chance(50))
        case 2: .histogram(list(upTo: 3) { $0.histogramPoint() }, temporality: temporality)
        case 3: .exponentialHistogram(list(upTo: 3) { $0.exponentialPoint() }, temporality: temporality)
        default: .summary(list(upTo: 3) { $0.summaryPoint() })
        }
    }

    private mutating func context(exemplars: Bool = true) -> PointContext {
        PointContext(
            attributes: attributes(upTo: 3), start: word(), time: word(), flags: count(),
            exemplars: exemplars ? list(upTo: 2) { $0.exemplar() } : [])
    }

    private mutating func number() -> NumberValue { pick([.none, .int(int()), .double(double())]) }

    private mutating func optionalDouble() -> Double? { chance(50) ? double() : nil }

    private mutating func exemplar() -> Exemplar {
        Exemplar(
            filteredAttributes: attributes(upTo: 2), time: word(), value: number(),
            traceID: chance(50) ? traceID() : nil,
            spanID: chance(50) ? spanID() : nil)
    }

    private mutating func numberPoint() -> NumberPoint { NumberPoint(context: context(), value: number()) }

    private mutating func histogramPoint() -> HistogramPoint {
        HistogramPoint(
            context: context(), count: word(), sum: optionalDouble(), min: optionalDouble(), max: optionalDouble(),
            bucketCounts: list(upTo: 12) { $0.word() }, explicitBounds: list(upTo: 12) { $0.double() })
    }

    private mutating func exponentialPoint() -> ExponentialHistogramPoint {
        ExponentialHistogramPoint(
            context: context(), count: word(), sum: optionalDouble(), min: optionalDouble(), max: optionalDouble(),
            scale: pick([0, -10, 20, .min, .max]), zeroCount: word(), zeroThreshold: double(), positive: buckets(),
            negative: buckets())
    }

    private mutating func buckets() -> ExponentialHistogramPoint.Buckets {
        ExponentialHistogramPoint.Buckets(offset: pick([0, -1, 1, .min, .max]), counts: list(upTo: 40) { $0.word() })
    }

    private mutating func summaryPoint() -> SummaryPoint {
        SummaryPoint(
            context: context(exemplars: false), count: word(), sum: double(),
            quantiles: list(upTo: 4) { SummaryPoint.Quantile(quantile: $0.double(), value: $0.double()) })
    }
}
