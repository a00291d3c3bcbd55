/// Queries as the parameters of a URL: one definition for the client that writes them and the server that reads them.
///
/// Times are nanoseconds since the epoch; durations are as ``DurationText`` reads them; an attribute condition is
/// `KEY`, `KEY=VALUE`, `KEY!=VALUE`, `KEY>VALUE`, `KEY>=VALUE`, `KEY<VALUE` or `KEY<=VALUE`.
public typealias QueryParameters = [(name: String, value: String)]

/// A parameter that cannot be read.
public struct QueryParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var value: String
    public var expected: String

    public init(name: String, value: String, expected: String) {
        self.name = name
        self.value = value
        self.expected = expected
    }

    public var description: String { "\(name): '\(value)' is not \(expected)" }
}

extension AttributeCondition {
    /// Reads `KEY`, `KEY=VALUE` and the other forms; `nil` for an empty key.
    public init?(text: String) {
        // Two-character operators first: `a>=1` is not `a>` with the value `=1`.
        let operators: [Comparison] = [.notEqual, .greaterOrEqual, .lessOrEqual, .equal, .greater, .less]
        guard let at = text.firstIndex(where: { "=!<>".contains($0) }) else {
            guard !text.isEmpty else { return nil }
            self.init(text)
            return
        }
        let rest = text[at...]
        guard at > text.startIndex, let comparison = operators.first(where: { rest.hasPrefix($0.rawValue) }) else {
            return nil
        }
        self.init(String(text[..<at]), comparison, String(rest.dropFirst(comparison.rawValue.count)))
    }

    /// The form that ``init(text:)`` reads.
    public var text: String { comparison == .exists ? key : key + comparison.rawValue + value }
}

extension SpanKind {
    /// Reads `internal`, `server`, `client`, `producer`, `consumer`, `unspecified`.
    public init?(text: String) {
        guard let kind = SpanKind.allCases.first(where: { $0.text == text.lowercased() }) else { return nil }
        self = kind
    }

    public var text: String { String(describing: self) }
}

extension SpanStatus.Code {
    /// Reads `unset`, `ok`, `error`.
    public init?(text: String) {
        guard let code = SpanStatus.Code.allCases.first(where: { $0.text == text.lowercased() }) else { return nil }
        self = code
    }

    public var text: String { String(describing: self) }
}

extension SpanQuery {
    /// The parameters that ``init(parameters:)`` reads back as this query.
    public var parameters: QueryParameters {
        var result: QueryParameters = [("from", String(time.lowerBound)), ("to", String(time.upperBound))]
        if let service { result.append(("service", service)) }
        if let operation { result.append(("operation", operation)) }
        for kind in kinds.sorted(by: { $0.rawValue < $1.rawValue }) { result.append(("kind", kind.text)) }
        if let status { result.append(("status", status.text)) }
        if let minimumDuration { result.append(("min-duration", "\(minimumDuration)ns")) }
        if let maximumDuration { result.append(("max-duration", "\(maximumDuration)ns")) }
        if rootsOnly { result.append(("roots", "true")) }
        for id in (traceIDs ?? []).sorted() { result.append(("trace", id.hex)) }
        for condition in attributes { result.append(("attribute", condition.text)) }
        result.append(("limit", String(limit)))
        return result
    }

    /// Reads a query. Unknown names are an error, so that a misspelt condition never silently matches everything.
    public init(parameters: QueryParameters) throws(QueryParameterError) {
        self.init()
        var (from, to) = (time.lowerBound, time.upperBound)
        for (name, value) in parameters {
            switch name {
            case "from": from = try read(name, value, "nanoseconds since the epoch", UInt64.init)
            case "to": to = try read(name, value, "nanoseconds since the epoch", UInt64.init)
            case "service": service = value
            case "operation": operation = value
            case "kind":
                kinds.insert(
                    try read(name, value, "server, client, internal, producer or consumer", SpanKind.init(text:)))
            case "status": status = try read(name, value, "unset, ok or error", SpanStatus.Code.init(text:))
            case "min-duration":
                minimumDuration = try read(name, value, "a duration such as 250ms") { DurationText.parse($0) }
            case "max-duration":
                maximumDuration = try read(name, value, "a duration such as 250ms") { DurationText.parse($0) }
            case "roots": rootsOnly = try read(name, value, "true or false") { Bool($0) }
            case "trace":
                traceIDs = (traceIDs ?? []).union([
                    try read(name, value, "a trace id: 32 hexadecimal digits") { TraceID(hex: $0) }
                ])
            case "attribute":
                attributes.append(try read(name, value, "KEY, KEY=VALUE or KEY>=VALUE", AttributeCondition.init(text:)))
            case "limit": limit = try read(name, value, "a whole number") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
            default: throw QueryParameterError(name: name, value: value, expected: "a known parameter")
            }
        }
        time = from..<max(from, to)
    }
}

extension LogQuery {
    /// The parameters that ``init(parameters:)`` reads back as this query.
    public var parameters: QueryParameters {
        var result: QueryParameters = [("from", String(time.lowerBound)), ("to", String(time.upperBound))]
        if let service { result.append(("service", service)) }
        if let traceID { result.append(("trace", traceID.hex)) }
        if let minimumSeverity { result.append(("severity", minimumSeverity.text.lowercased())) }
        if let text { result.append(("text", text)) }
        for condition in attributes { result.append(("attribute", condition.text)) }
        result.append(("limit", String(limit)))
        return result
    }

    /// Reads a query. Unknown names are an error, so that a misspelt condition never silently matches everything.
    public init(parameters: QueryParameters) throws(QueryParameterError) {
        self.init()
        var (from, to) = (time.lowerBound, time.upperBound)
        for (name, value) in parameters {
            switch name {
            case "from": from = try read(name, value, "nanoseconds since the epoch", UInt64.init)
            case "to": to = try read(name, value, "nanoseconds since the epoch", UInt64.init)
            case "service": service = value
            case "trace": traceID = try read(name, value, "a trace id: 32 hexadecimal digits") { TraceID(hex: $0) }
            case "severity":
                minimumSeverity = try read(
                    name, value, "trace, debug, info, warn, error or fatal", Severity.init(text:))
            case "text": text = value
            case "attribute":
                attributes.append(try read(name, value, "KEY, KEY=VALUE or KEY>=VALUE", AttributeCondition.init(text:)))
            case "limit": limit = try read(name, value, "a whole number") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
            default: throw QueryParameterError(name: name, value: value, expected: "a known parameter")
            }
        }
        time = from..<max(from, to)
    }
}

private func read<Value>(
    _ name: String, _ value: String, _ expected: String, _ parse: (String) -> Value?
) throws(QueryParameterError) -> Value {
    guard let parsed = parse(value) else { throw QueryParameterError(name: name, value: value, expected: expected) }
    return parsed
}
