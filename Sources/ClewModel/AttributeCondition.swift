/// A condition on one attribute of a span or log record, or of what belongs to it.
public struct AttributeCondition: Hashable, Sendable {
    /// How the value is compared; raw values are the operators of the text form.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        /// The value's text matches a ``TextPattern``, all of it.
        case regex = "=~"
        case notRegex = "!~"
        /// The key is present, whatever its value.
        case exists = ""
        /// The key is not there.
        case missing = "!"
    }

    /// Whose attribute is meant; raw values are the prefixes of the text form.
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        /// The span's or record's own, or its resource's where it has none of the key.
        case any
        /// The span's own. No log record has such attributes.
        case span
        /// The log record's own. No span has such attributes.
        case log
        case resource
        /// The instrumentation scope's. The keys `name` and `version` stand for the scope's name and version.
        case scope
        /// Some event of the span. The key `name` stands for the event's name.
        case event
        /// Some link of the span.
        case link
    }

    public let key: String
    public let comparison: Comparison
    /// Compared as a number where both sides are numbers, otherwise as text, by its UTF-8; ignored by `exists` and
    /// `missing`.
    public let value: String
    public let scope: Scope
    /// What ``value`` is for `regex` and `notRegex`. `nil` when it is not a pattern: then nothing meets the condition.
    public let pattern: TextPattern?
    private let integer: Int64?
    private let number: Double?

    /// - Parameter value: For `regex` and `notRegex` a ``TextPattern``; ``init(text:)`` refuses one that is none.
    public init(_ key: String, _ comparison: Comparison = .exists, _ value: String = "", in scope: Scope = .any) {
        self.key = key
        self.comparison = comparison
        self.value = value
        self.scope = scope
        let isRegex = comparison == .regex || comparison == .notRegex
        pattern = isRegex ? try? TextPattern(value) : nil
        integer = Int64(value)
        number = Double(value)
    }
}

extension AttributeCondition {
    /// Whether a span meets the condition.
    ///
    /// A missing key meets `notEqual`, `notRegex` and `missing`. Of a span's events and of its links, some one must have the
    /// key with a value that meets the condition, also for `notEqual` and `notRegex`; `missing` says that none has the key.
    public func matches(_ span: Span) -> Bool {
        switch scope {
        case .any: matches(span.attributes[key] ?? span.resource.attributes[key])
        case .span: matches(span.attributes[key])
        case .log: matches(nil)
        case .resource: matches(span.resource.attributes[key])
        case .scope: matches(value(of: span.scope))
        case .event: matchesSome(span.events.lazy.map(value))
        case .link: matchesSome(span.links.lazy.map { $0.attributes[key] })
        }
    }

    /// Whether a log record meets the condition; as for spans, of which a record has neither events nor links.
    public func matches(_ record: LogRecord) -> Bool {
        switch scope {
        case .any: matches(record.attributes[key] ?? record.resource.attributes[key])
        case .log: matches(record.attributes[key])
        case .span: matches(nil)
        case .resource: matches(record.resource.attributes[key])
        case .scope: matches(value(of: record.scope))
        case .event, .link: matchesSome(EmptyCollection())
        }
    }

    /// Whether a value, `nil` where the key is missing, meets the condition.
    public func matches(_ candidate: AttributeValue?) -> Bool {
        guard let candidate else { return meetsMissing }
        switch comparison {
        case .exists: return true
        case .missing: return false
        case .regex: return pattern.map { $0.matches(candidate.description) } ?? false
        case .notRegex: return pattern.map { !$0.matches(candidate.description) } ?? false
        default: return accepts(order(of: candidate))
        }
    }

    /// Whether a missing key meets the condition. Of events and links, see ``matches(_:)-(Span)``.
    public var meetsMissing: Bool {
        switch comparison {
        case .notEqual, .missing: true
        case .notRegex: pattern != nil
        default: false
        }
    }

    /// The value of an event that the condition is about.
    public func value(of event: SpanEvent) -> AttributeValue? {
        isName ? Self.text(event.name) : event.attributes[key]
    }

    /// Whether the key stands for the name of an event or an instrumentation scope.
    public var isName: Bool { key == "name" }

    /// The value of an instrumentation scope that the condition is about.
    public func value(of scope: InstrumentationScope) -> AttributeValue? {
        isName ? Self.text(scope.name) : key == "version" ? Self.text(scope.version) : scope.attributes[key]
    }

    /// On the wire, an empty name is one that was not set.
    private static func text(_ name: String) -> AttributeValue? { name.isEmpty ? nil : .string(name) }

    private func matchesSome(_ candidates: some Sequence<AttributeValue?>) -> Bool {
        let present = candidates.lazy.compactMap(\.self)
        return comparison == .missing ? !present.contains { _ in true } : present.contains { matches($0) }
    }
}

// MARK: - Order

extension AttributeCondition {
    /// Whether a value may be below (-1), equal to (0) or above (1) ``value``; `nil` stands for NaN.
    ///
    /// For the comparisons of order; the others are of no order.
    public func accepts(_ order: Int?) -> Bool {
        guard let order else { return comparison == .notEqual }
        return switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .regex, .notRegex, .exists, .missing: false
        }
    }

    /// -1, 0 or 1 for an integer below, equal to or above ``value``; `nil` where they cannot be compared (NaN).
    public func order(of candidate: Int64) -> Int? {
        // Exact where both are integers: ids above 2^53 would otherwise equal their neighbours.
        if let integer { return candidate < integer ? -1 : candidate > integer ? 1 : 0 }
        return number == nil ? order(ofText: String(candidate).utf8) : order(of: Double(candidate))
    }

    public func order(of candidate: Double) -> Int? {
        guard let number else { return order(ofText: String(candidate).utf8) }
        return candidate < number ? -1 : candidate > number ? 1 : candidate == number ? 0 : nil
    }

    /// By UTF-8, which is by Unicode scalars: equal is what was sent as the same bytes.
    public func order(ofText candidate: some Sequence<UInt8>) -> Int {
        var rest = value.utf8.makeIterator()
        for byte in candidate {
            guard let other = rest.next() else { return 1 }
            if byte != other { return byte < other ? -1 : 1 }
        }
        return rest.next() == nil ? 0 : -1
    }

    private func order(of candidate: AttributeValue) -> Int? {
        switch candidate {
        case .int(let integer): order(of: integer)
        case .double(let double): order(of: double)
        case .string(let text): order(ofText: text.utf8)
        default: order(ofText: candidate.description.utf8)
        }
    }
}
