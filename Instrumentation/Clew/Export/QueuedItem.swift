import ClewModel
import Tracing

/// What waits in a ``BatchQueue``: as the program left it, so that making it ready for export costs the program nothing.
protocol QueuedItem: Sendable {
    associatedtype Exported

    /// Bytes of its texts, and a fixed sum for the rest; costs no pass over the texts.
    var approximateBytes: Int { get }

    /// The item as exporters take it; asked by the export worker, once for each exporter.
    func exported() -> Exported
}

extension LogRecord: QueuedItem {
    func exported() -> Self { self }

    var approximateBytes: Int { 384 + body.approximateBytes + attributes.approximateBytes }
}

extension Attributes {
    var approximateBytes: Int {
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

extension SpanAttribute {
    /// What describes itself only on export counts as a word.
    @inline(__always)
    var approximateBytes: Int {
        switch self {
        case .string(let text): 16 + text.utf8.count
        case .stringArray(let texts): texts.reduce(16) { $0 + 16 + $1.utf8.count }
        case .int32Array(let values): 16 + 4 * values.count
        case .int64Array(let values): 16 + 8 * values.count
        case .doubleArray(let values): 16 + 8 * values.count
        case .boolArray(let values): 16 + values.count
        case .stringConvertibleArray(let values): 16 + 64 * values.count
        default: 16
        }
    }
}
