import Logging

/// The metadata of one line: merged, redacted, described and bounded, once for standard output and export.
///
/// Values are described on the thread that logs: a line says what was true at its statement, a slow or failing
/// description is its author's to bear, and nothing of the program is kept alive by a queue.
struct LogMetadata: Sendable {
    /// How deep nested metadata is followed; below stands `…`.
    static let maximumDepth = 16
    /// Bytes that all texts of one line's metadata have together; what goes beyond is cut, and ends in `…`.
    static let maximumBytes = 1 << 20

    /// In no order unless ``sort()`` was called.
    private(set) var fields: [LogField] = []
    /// Entries that were left out because there was no room for them.
    private(set) var droppedCount = 0
    /// The type of the value of the key `error`, where that is an error itself.
    private(set) var errorType: String?
    /// At most ``maximumBytes``.
    private(set) var approximateBytes = 0

    /// None.
    init() {}

    /// Of equal keys `explicit` wins over `provided`, and that over `base`.
    init(
        _ base: Logger.Metadata, _ provided: Logger.Metadata, _ explicit: Logger.Metadata, redacting keys: RedactedKeys
    ) {
        // Most lines; walking three empty dictionaries takes a sixth of a statement's time.
        if base.isEmpty, provided.isEmpty, explicit.isEmpty { return }
        fields.reserveCapacity(base.count + provided.count + explicit.count)
        var reader = Reader(room: Self.maximumBytes, redactedKeys: keys)
        for (key, value) in explicit { append(key, value, &reader) }
        for (key, value) in provided where !explicit.has(key) { append(key, value, &reader) }
        for (key, value) in base where !explicit.has(key) && !provided.has(key) { append(key, value, &reader) }
        approximateBytes = Self.maximumBytes - max(0, reader.room)
    }

    mutating func sort() { fields.sort { $0.key < $1.key } }

    /// The text of the entry of this key.
    func text(of key: String) -> String? {
        for field in fields where field.key == key {
            if case .string(let text) = field.value { return text }
        }
        return nil
    }

    private mutating func append(_ key: String, _ value: Logger.MetadataValue, _ reader: inout Reader) {
        guard reader.room > 0 else {
            droppedCount += 1
            return
        }
        if key == "error", case .stringConvertible(let value) = value, let error = value as? any Error {
            errorType = ErrorType.name(of: error)
        }
        fields.append(reader.field(key, value, depth: 0))
    }
}

/// Turns values of swift-log into values of lines while there is room for them.
private struct Reader {
    /// Stands for each value: bounds a line of a million empty strings too.
    private static let bytesPerValue = 32

    /// Bytes that are left; below zero once something was cut.
    var room: Int
    let redactedKeys: RedactedKeys

    mutating func field(_ key: String, _ value: Logger.MetadataValue, depth: Int) -> LogField {
        let key = bounded(key)
        guard !redactedKeys.contains(key) else {
            room -= Self.bytesPerValue
            return LogField(key: key, value: .string(RedactedKeys.replacement))
        }
        return LogField(key: key, value: described(value, depth: depth))
    }

    private mutating func described(_ value: Logger.MetadataValue, depth: Int) -> LogValue {
        room -= Self.bytesPerValue
        guard room > 0, depth < LogMetadata.maximumDepth else { return .string("…") }
        switch value {
        case .string(let text): return .string(bounded(text))
        case .stringConvertible(let value): return LogValue(plain: value) ?? .string(bounded(value.description))
        case .array(let values):
            var result: [LogValue] = []
            for value in values {
                result.append(described(value, depth: depth + 1))
                guard room > 0 else { break }
            }
            return .array(result)
        case .dictionary(let entries):
            var result: [LogField] = []
            for (key, value) in entries {
                result.append(field(key, value, depth: depth + 1))
                guard room > 0 else { break }
            }
            result.sort { $0.key < $1.key }
            return .dictionary(result)
        }
    }

    private mutating func bounded(_ text: String) -> String {
        let available = max(0, room)
        room -= text.utf8.count
        return text.cut(toBytes: available)
    }
}

extension Logger.Metadata {
    fileprivate func has(_ key: String) -> Bool { !isEmpty && index(forKey: key) != nil }
}

extension String {
    /// The text, or as much of it as fits in that many bytes of UTF-8, and `…`.
    func cut(toBytes count: Int) -> String {
        guard utf8.count > count else { return self }
        // Slicing rounds down to the beginning of a scalar.
        return String(self[..<utf8.index(startIndex, offsetBy: count)]) + "…"
    }
}
