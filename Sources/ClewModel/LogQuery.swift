/// Which log records to find; conditions are joined by *and*.
public struct LogQuery: Hashable, Sendable {
    /// Effective times, from inclusive to exclusive.
    public var time: Range<UnixNanoseconds>
    public var service: String?
    /// The service's name matches; a condition beside ``service``.
    public var servicePattern: TextPattern?
    public var traceID: TraceID?
    /// This severity or worse.
    public var minimumSeverity: Severity?
    /// Text that the body contains, ASCII letters in either case.
    public var text: String?
    public var attributes: [AttributeCondition]
    public var limit: Int

    public init(
        time: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max,
        service: String? = nil,
        servicePattern: TextPattern? = nil,
        traceID: TraceID? = nil,
        minimumSeverity: Severity? = nil,
        text: String? = nil,
        attributes: [AttributeCondition] = [],
        limit: Int = 100
    ) {
        self.time = time
        self.service = service
        self.servicePattern = servicePattern
        self.traceID = traceID
        self.minimumSeverity = minimumSeverity
        self.text = text
        self.attributes = attributes
        self.limit = limit
    }
}

extension LogQuery {
    /// Whether a record meets every condition; the definition that every store must agree with. Ignores ``limit``.
    public func matches(_ record: LogRecord) -> Bool {
        time.contains(record.effectiveTime)
            && (service.map { $0 == record.resource.serviceName } ?? true)
            && (servicePattern.map { $0.matches(record.resource.serviceName) } ?? true)
            && (traceID.map { $0 == record.traceID } ?? true)
            && (minimumSeverity.map { record.severityNumber >= $0.rawValue } ?? true)
            && (text.map { Self.contains(record.body.description, $0) } ?? true)
            && attributes.allSatisfy { $0.matches(record) }
    }

    /// Whether `haystack` contains `needle`, ASCII letters in either case.
    public static func contains(_ haystack: String, _ needle: String) -> Bool {
        let pattern = needle.utf8.map(\.asciiLowercased)
        guard let first = pattern.first else { return true }
        let text = haystack.utf8.map(\.asciiLowercased)
        guard text.count >= pattern.count else { return false }
        for start in 0...(text.count - pattern.count)
        where text[start] == first && text[start..<(start + pattern.count)].elementsEqual(pattern) {
            return true
        }
        return false
    }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
