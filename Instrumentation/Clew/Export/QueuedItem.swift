import ClewModel

/// What the queue of spans holds.
typealias QueuedSpan = ClewModel.Span

/// What the queue of log records holds.
typealias QueuedLog = LogRecord

/// What waits in a ``BatchQueue``: as the program left it, so that making it ready for export costs the program nothing.
protocol QueuedItem: Sendable {
    associatedtype Exported

    /// Bytes of its texts, and a fixed sum for the rest; costs no pass over the texts.
    var approximateBytes: Int { get }

    /// The item as exporters take it; asked once, by the export worker.
    func exported() -> Exported
}

extension ClewModel.Span: QueuedItem {
    func exported() -> Self { self }

    var approximateBytes: Int {
        name.utf8.count + status.message.utf8.count + attributes.approximateBytes
            + events.reduce(links.reduce(512) { $0 + 128 + $1.attributes.approximateBytes }) {
                $0 + 64 + $1.name.utf8.count + $1.attributes.approximateBytes
            }
    }
}

extension LogRecord: QueuedItem {
    func exported() -> Self { self }

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
