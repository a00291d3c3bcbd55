import ClewModel
import Tracing

extension AttributeValue {
    /// The OTLP value of a tracing attribute, strings cut to `maximumLength` characters.
    init(_ attribute: SpanAttribute, maximumLength: Int?) {
        func cut(_ text: String) -> AttributeValue {
            .string(maximumLength.map { String(text.prefix($0)) } ?? text)
        }
        switch attribute {
        case .int32(let value): self = .int(Int64(value))
        case .int64(let value): self = .int(value)
        case .int32Array(let values): self = .array(values.map { .int(Int64($0)) })
        case .int64Array(let values): self = .array(values.map { .int($0) })
        case .double(let value): self = .double(value)
        case .doubleArray(let values): self = .array(values.map { .double($0) })
        case .bool(let value): self = .bool(value)
        case .boolArray(let values): self = .array(values.map { .bool($0) })
        case .string(let value): self = cut(value)
        case .stringArray(let values): self = .array(values.map(cut))
        case .stringConvertible(let value): self = cut(value.description)
        // An array of `Int` comes like this.
        case .stringConvertibleArray(let values):
            self = .array(values.map { ($0 as? Int).map { .int(Int64($0)) } ?? cut($0.description) })
        default: self = .empty
        }
    }

    /// Strings, also those in a list, cut to `length` characters.
    func cut(to length: Int?) -> AttributeValue {
        guard let length else { return self }
        return switch self {
        case .string(let text): .string(String(text.prefix(length)))
        case .array(let values): .array(values.map { $0.cut(to: length) })
        default: self
        }
    }
}

extension SpanAttribute {
    /// The tracing attribute of an OTLP value that was made of one; `nil` where there is none.
    init?(_ value: AttributeValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .int(let number): self = .int64(number)
        case .double(let number): self = .double(number)
        case .bool(let flag): self = .bool(flag)
        case .array(let values): self = Self.array(values)
        default: return nil
        }
    }

    private static func array(_ values: [AttributeValue]) -> SpanAttribute {
        switch values.first {
        case .int where values.allSatisfy { $0.intValue != nil }: .int64Array(values.compactMap(\.intValue))
        case .double: .doubleArray(values.compactMap { if case .double(let number) = $0 { number } else { nil } })
        case .bool: .boolArray(values.compactMap { if case .bool(let flag) = $0 { flag } else { nil } })
        case .string where values.allSatisfy { $0.stringValue != nil }: .stringArray(values.compactMap(\.stringValue))
        default: .stringConvertibleArray(values.map(\.convertible))
        }
    }
}

extension AttributeValue {
    /// An element of a list of several types: a number or a text.
    fileprivate var convertible: any CustomStringConvertible & Sendable {
        intValue.map { Int($0) } ?? stringValue ?? ""
    }
}

extension SpanAttributes {
    /// No attributes. Making an empty value anew costs more than all else of setting one attribute.
    static let none = SpanAttributes()

    /// The attributes as OTLP holds them.
    func converted(maximumLength: Int?) -> Attributes {
        var result: Attributes = []
        result.reserveCapacity(count)
        forEach { key, value in result.append(Attribute(key, AttributeValue(value, maximumLength: maximumLength))) }
        return result
    }

    /// Cuts to `limit` entries, those in `kept` first, and returns how many went.
    ///
    /// Which of the new keys survive is decided by their order, so that equal input gives equal output.
    mutating func limit(to limit: Int, keeping kept: SpanAttributes) -> Int {
        guard count > limit else { return 0 }
        let excess = count - limit
        var new: [String] = []
        var old: [String] = []
        forEach { key, _ in
            if kept.get(key) == nil { new.append(key) } else { old.append(key) }
        }
        let leaving = new.count == excess ? new : Array((old.sorted() + new.sorted()).suffix(excess))
        for key in leaving { set(key, value: nil) }
        return excess
    }
}

extension ClewModel.SpanKind {
    init(_ kind: Tracing.SpanKind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        case .internal: self = .internal
        }
    }
}
