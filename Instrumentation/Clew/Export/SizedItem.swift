import ClewModel

/// Something that knows about how much memory it takes.
protocol SizedItem {
    /// Bytes of its texts, and a fixed sum for the rest; costs no pass over the texts.
    var approximateBytes: Int { get }
}

extension ClewModel.Span: SizedItem {
    var approximateBytes: Int {
        name.utf8.count + status.message.utf8.count + attributes.approximateBytes
            + events.reduce(links.reduce(512) { $0 + 128 + $1.attributes.approximateBytes }) {
                $0 + 64 + $1.name.utf8.count + $1.attributes.approximateBytes
            }
    }
}

extension LogRecord: SizedItem {
    var approximateBytes: Int { 384 + body.approximateBytes + attributes.approximateBytes }
}

extension Attributes {
    fileprivate var approximateBytes: Int {
        reduce(0) { $0 + 32 + $1.key.utf8.count + $1.value.approximateBytes }
    }
}

extension AttributeValue {
    /// The library itself bounds how deep values are nested.
    fileprivate var approximateBytes: Int {
        switch self {
        case .empty, .bool, .int, .double: 16
        case .string(let text): 16 + text.utf8.count
        case .bytes(let bytes): 16 + bytes.count
        case .array(let values): values.reduce(16) { $0 + $1.approximateBytes }
        case .keyValueList(let entries): 16 + entries.approximateBytes
        }
    }
}
