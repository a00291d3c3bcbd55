/// Queries as the parameters of a URL: one definition for the client that writes them and the server that reads them.
///
/// Times are nanoseconds since the epoch; durations are as ``DurationText`` reads them; attribute conditions are in their
/// text form. A service or operation is a name; `~` before it makes it a ``TextPattern`` (in a URL: `operation=~GET.*`),
/// `=` takes what follows as a name, whatever it begins with.
public typealias QueryParameters = [(name: String, value: String)]

/// A parameter that cannot be read.
public struct QueryParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var value: String
    public var expected: String
    /// Why it is not what is expected, where there is more to say.
    public var reason: String?

    public init(name: String, value: String, expected: String, reason: String? = nil) {
        self.name = name
        self.value = value
        self.expected = expected
        self.reason = reason
    }

    public var description: String {
        "\(name): '\(value)' is not \(expected)" + (reason.map { ": \($0)" } ?? "")
    }
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
        result.append(name: "service", service, servicePattern)
        result.append(name: "operation", operation, operationPattern)
        for kind in kinds.sorted(by: { $0.rawValue < $1.rawValue }) { result.append(("kind", kind.text)) }
        if let status { result.append(("status", status.text)) }
        if let minimumDuration { result.append(("min-duration", "\(minimumDuration)ns")) }
        if let maximumDuration { result.append(("max-duration", "\(maximumDuration)ns")) }
        if rootsOnly { result.append(("roots", "true")) }
        for id in (traceIDs ?? []).sorted() { result.append(("trace", id.hex)) }
        for id in (linkedTo ?? []).sorted() { result.append(("linked-to", id.hex)) }
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
            case "service": try readName(name, value, &service, &servicePattern)
            case "operation": try readName(name, value, &operation, &operationPattern)
            case "kind":
                kinds.insert(
                    try read(name, value, "server, client, internal, producer or consumer", SpanKind.init(text:)))
            case "status": status = try read(name, value, "unset, ok or error", SpanStatus.Code.init(text:))
            case "min-duration":
                minimumDuration = try read(name, value, "a duration such as 250ms") { DurationText.parse($0) }
            case "max-duration":
                maximumDuration = try read(name, value, "a duration such as 250ms") { DurationText.parse($0) }
            case "roots": rootsOnly = try read(name, value, "true or false") { Bool($0) }
            case "trace": try readTrace(name, value, &traceIDs)
            case "linked-to": try readTrace(name, value, &linkedTo)
            case "attribute":
                attributes.append(try readCondition(name, value, unknown: [.log]))
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
        result.append(name: "service", service, servicePattern)
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
            case "service": try readName(name, value, &service, &servicePattern)
            case "trace": traceID = try read(name, value, "a trace id: 32 hexadecimal digits") { TraceID(hex: $0) }
            case "severity":
                minimumSeverity = try read(
                    name, value, "trace, debug, info, warn, error or fatal", Severity.init(text:))
            case "text": text = value
            case "attribute":
                attributes.append(try readCondition(name, value, unknown: [.span, .event, .link]))
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

extension QueryParameters {
    fileprivate mutating func append(name: String, _ text: String?, _ pattern: TextPattern?) {
        if let text { append((name, text.hasPrefix("~") || text.hasPrefix("=") ? "=" + text : text)) }
        if let pattern { append((name, "~" + pattern.text)) }
    }
}

private func readName(
    _ name: String, _ value: String, _ text: inout String?, _ pattern: inout TextPattern?
) throws(QueryParameterError) {
    guard value.hasPrefix("~") else {
        text = value.hasPrefix("=") ? String(value.dropFirst()) : value
        return
    }
    do throws(TextPatternError) {
        pattern = try TextPattern(String(value.dropFirst()))
    } catch {
        throw QueryParameterError(
            name: name, value: value, expected: "'~' and a regular expression",
            reason: "in '\(error.text)', \(error)")
    }
}

private func readTrace(
    _ name: String, _ value: String, _ traces: inout Set<TraceID>?
) throws(QueryParameterError) {
    let id = try read(name, value, "a trace id: 32 hexadecimal digits") { TraceID(hex: $0) }
    traces = (traces ?? []).union([id])
}

private func readCondition(
    _ name: String, _ value: String, unknown: Set<AttributeCondition.Scope>
) throws(QueryParameterError) -> AttributeCondition {
    let condition: AttributeCondition
    do throws(AttributeConditionError) {
        condition = try AttributeCondition(text: value)
    } catch {
        throw QueryParameterError(
            name: name, value: value, expected: "a condition on an attribute", reason: error.description)
    }
    guard !unknown.contains(condition.scope) else {
        throw QueryParameterError(
            name: name, value: value, expected: "a condition that can be met here",
            reason: "nothing that is sought has attributes of '\(condition.scope.rawValue):'")
    }
    return condition
}
