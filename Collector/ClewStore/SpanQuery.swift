public import ClewModel

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
