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
        for key in (old.sorted() + new.sorted()).suffix(excess) { set(key, value: nil) }
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
