/// Which spans to find; conditions are joined by *and*.
public struct SpanQuery: Hashable, Sendable {
    /// Start times, from inclusive to exclusive.
    public var time: Range<UnixNanoseconds>
    public var service: String?
    /// The span's name.
    public var operation: String?
    /// Any of these kinds; empty for all.
    public var kinds: Set<SpanKind>
    public var status: SpanStatus.Code?
    /// Nanoseconds, both ends inclusive.
    public var minimumDuration: UInt64?
    public var maximumDuration: UInt64?
    /// Only spans without a parent.
    public var rootsOnly: Bool
    /// Only spans of these traces; `nil` for all.
    public var traceIDs: Set<TraceID>?
    public var attributes: [AttributeCondition]
    public var limit: Int

    public init(
        time: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max,
        service: String? = nil,
        operation: String? = nil,
        kinds: Set<SpanKind> = [],
        status: SpanStatus.Code? = nil,
        minimumDuration: UInt64? = nil,
        maximumDuration: UInt64? = nil,
        rootsOnly: Bool = false,
        traceIDs: Set<TraceID>? = nil,
        attributes: [AttributeCondition] = [],
        limit: Int = 20
    ) {
        self.time = time
        self.service = service
        self.operation = operation
        self.kinds = kinds
        self.status = status
        self.minimumDuration = minimumDuration
        self.maximumDuration = maximumDuration
        self.rootsOnly = rootsOnly
        self.traceIDs = traceIDs
        self.attributes = attributes
        self.limit = limit
    }
}

/// A condition on one attribute, looked for on the span or record first, then on its resource.
public struct AttributeCondition: Hashable, Sendable {
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        /// The key is present, whatever its value.
        case exists
    }

    public var key: String
    public var comparison: Comparison
    /// Compared as a number where both sides are numbers, otherwise as text; ignored by `exists`.
    public var value: String

    public init(_ key: String, _ comparison: Comparison = .exists, _ value: String = "") {
        self.key = key
        self.comparison = comparison
        self.value = value
    }
}

extension SpanQuery {
    /// Whether a span meets every condition; the definition that every store must agree with. Ignores ``limit``.
    public func matches(_ span: Span) -> Bool {
        time.contains(span.start)
            && (service.map { $0 == span.resource.serviceName } ?? true)
            && (operation.map { $0 == span.name } ?? true)
            && (kinds.isEmpty || kinds.contains(span.kind))
            && (status.map { $0 == span.status.code } ?? true)
            && (minimumDuration.map { span.duration >= $0 } ?? true)
            && (maximumDuration.map { span.duration <= $0 } ?? true)
            && (!rootsOnly || span.parentSpanID == nil)
            && (traceIDs.map { $0.contains(span.traceID) } ?? true)
            && attributes.allSatisfy { $0.matches(span.attributes, span.resource.attributes) }
    }
}

extension AttributeCondition {
    /// Whether the first of `attributes` with the key, else the first of `resource`, meets the condition.
    ///
    /// A missing key meets only `notEqual`.
    public func matches(_ attributes: Attributes, _ resource: Attributes) -> Bool {
        matches(attributes[key] ?? resource[key])
    }

    /// Whether a value, `nil` where the key is missing, meets the condition.
    public func matches(_ candidate: AttributeValue?) -> Bool {
        guard let candidate else { return comparison == .notEqual }
        if comparison == .exists { return true }
        switch order(of: candidate) {
        case .some(let order):
            switch comparison {
            case .equal: return order == 0
            case .notEqual: return order != 0
            case .greater: return order > 0
            case .greaterOrEqual: return order >= 0
            case .less: return order < 0
            case .lessOrEqual: return order <= 0
            case .exists: return true
            }
        case .none: return comparison == .notEqual
        }
    }

    /// -1, 0 or 1 for a value below, equal to or above ``value``; `nil` where they cannot be compared (NaN).
    private func order(of candidate: AttributeValue) -> Int? {
        let number: Double?
        switch candidate {
        case .int(let integer):
            // Exact where both are integers: ids above 2^53 would otherwise equal their neighbours.
            if let other = Int64(value) { return integer < other ? -1 : integer > other ? 1 : 0 }
            number = Double(integer)
        case .double(let double): number = double
        default: number = nil
        }
        if let number, let other = Double(value) {
            return number < other ? -1 : number > other ? 1 : number == other ? 0 : nil
        }
        let text = candidate.description
        return text < value ? -1 : text > value ? 1 : 0
    }
}
