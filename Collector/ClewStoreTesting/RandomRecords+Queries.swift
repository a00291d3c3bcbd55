public import ClewModel

/// Queries with every kind of condition, drawn so that many find something.
extension RandomRecords {
    public mutating func spanQuery(over spans: [Span]) -> SpanQuery {
        let example = pick(spans)
        var query = SpanQuery(limit: pick([1, 3, 20, 1000]))
        if chance(40) { query.time = window(around: example.start) }
        if chance(30) { query.service = chance(80) ? example.resource.serviceName : "absent" }
        if chance(15) { query.servicePattern = pattern(of: example.resource.serviceName) }
        if chance(30) { query.operation = example.name }
        if chance(15) { query.operationPattern = pattern(of: example.name) }
        if chance(20) { query.kinds = [example.kind, .server] }
        if chance(20) { query.status = example.status.code }
        if chance(20) { query.minimumDuration = pick([0, 1, 1_000_000, 1_000_001]) }
        if chance(20) { query.maximumDuration = pick([0, 1_000_000, 2_000_000_000]) }
        if chance(15) { query.rootsOnly = true }
        if chance(15) { query.traceIDs = [example.traceID, TraceID.random(using: &generator)] }
        if chance(10), let link = pick(spans).links.first {
            query.linkedTo = [link.traceID, TraceID.random(using: &generator)]
        }
        query.attributes = list(2, 60) { random in
            switch random.pick(AttributeCondition.Scope.allCases) {
            case .any: random.condition(.any, example.attributes + example.resource.attributes)
            case .span: random.condition(.span, example.attributes)
            case .log: random.condition(.log, example.attributes)
            case .resource: random.condition(.resource, example.resource.attributes)
            case .scope: random.condition(.scope, example.scope.attributes + Self.names(example.scope.name))
            case .event:
                random.condition(.event, example.events.flatMap { $0.attributes + Self.names($0.name) })
            case .link: random.condition(.link, example.links.flatMap(\.attributes))
            }
        }
        return query
    }

    public mutating func logQuery(over logs: [LogRecord]) -> LogQuery {
        let example = pick(logs)
        var query = LogQuery(limit: pick([1, 3, 20, 1000]))
        if chance(40) { query.time = window(around: example.effectiveTime) }
        if chance(30) { query.service = example.resource.serviceName }
        if chance(15) { query.servicePattern = pattern(of: example.resource.serviceName) }
        if chance(15) { query.traceID = example.traceID }
        if chance(30) { query.minimumSeverity = pick(Severity.allCases) }
        if chance(30) { query.text = chance(50) ? part(of: example.body.description) : pick(["", "17", "absent"]) }
        query.attributes = list(2, 60) { random in
            let scope = random.pick(AttributeCondition.Scope.allCases)
            return switch scope {
            case .resource: random.condition(scope, example.resource.attributes)
            case .scope: random.condition(scope, example.scope.attributes + Self.names(example.scope.name))
            default: random.condition(scope, example.attributes + example.resource.attributes)
            }
        }
        return query
    }

    private static func names(_ name: String) -> Attributes { [Attribute("name", .string(name))] }

    private mutating func condition(
        _ scope: AttributeCondition.Scope, _ attributes: Attributes
    ) -> AttributeCondition {
        let example = attributes.isEmpty ? nil : pick(attributes)
        let key = chance(70) ? example?.key ?? "retry" : pick(Self.keys + ["absent", "name", "version"])
        let value = chance(60) ? example?.value.description ?? "" : pick(["10", "sqlite", "", "0.5", "x"])
        let comparison = pick(AttributeCondition.Comparison.allCases)
        switch comparison {
        case .regex, .notRegex:
            let text = chance(5) ? "(" : patternText(of: value)
            return AttributeCondition(key, comparison, text, in: scope)
        default: return AttributeCondition(key, comparison, value, in: scope)
        }
    }

    /// A piece of a text, its ASCII letters in other cases at times.
    private mutating func part(of value: String) -> String {
        let start = Int.random(in: 0...value.unicodeScalars.count, using: &generator)
        var part = String(value.unicodeScalars.dropFirst(start).prefix(pick([2, 3, 4, 8, 100])))
        if chance(50), part.utf8.allSatisfy({ $0 < 0x80 }) { part = chance(50) ? part.uppercased() : part.lowercased() }
        return part
    }

    private mutating func pattern(of value: String) -> TextPattern? { try? TextPattern(patternText(of: value)) }

    /// A regular expression that matches the value, or comes close.
    private mutating func patternText(of value: String) -> String {
        let escaped = value.unicodeScalars.map { scalar in
            scalar.isASCII && !scalar.properties.isAlphabetic && scalar.properties.numericType == nil
                ? "\\x{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        let half = escaped.prefix(escaped.count / 2).joined()
        let whole = escaped.joined()
        return pick([
            whole, half, half + ".*", ".*" + escaped.suffix(2).joined(), "(absent|\(whole)|)",
            "(?i)\(whole.uppercased())", "[0-9]+", "\\D*", ".{0,6}", "^\(half).?\\w*$", "", ".+",
        ])
    }

    private mutating func window(around time: UnixNanoseconds) -> Range<UnixNanoseconds> {
        let width: UInt64 = pick([1, 1_000_000, 600 * .nanosecondsPerSecond])
        return (time - min(time, width / 2))..<(time + width)
    }
}
