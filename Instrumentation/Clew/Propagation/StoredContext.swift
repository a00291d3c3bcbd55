public import Tracing

/// A context as one text, to be stored beside a business row and restored by whoever works on that row later.
///
/// ```swift
/// try db.execute(sql: "INSERT INTO outbox VALUES (?, ?)", arguments: [payload, StoredContext().rawValue])
/// // ... later, in the relay:
/// let context = StoredContext(rawValue: row["context"]).context
/// try await ServiceContext.withValue(context) { ... }
/// ```
///
/// It is `Codable` as that text, so a record may also have it as a property. The text has a line `name=value` for each
/// header that the process's instruments inject, the form of Java's properties, in which Debezium's outbox keeps tracing
/// context. A text that is not of this form restores nothing.
public struct StoredContext: RawRepresentable, Hashable, Sendable, Codable {
    public var rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Of the current context unless another is given.
    public init(_ context: ServiceContext = .current ?? .topLevel) {
        var fields: [String: String] = [:]
        context.inject(into: &fields, using: .dictionary)
        rawValue = fields.sorted { $0.key < $1.key }
            .map { "\(Self.escaped($0.key))=\(Self.escaped($0.value))" }.joined(separator: "\n")
    }

    /// What was stored, as a context of another process.
    public var context: ServiceContext { ServiceContext.topLevel.extracting(fields, using: .dictionary) }

    private var fields: [String: String] {
        var fields: [String: String] = [:]
        for line in rawValue.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard let (name, value) = line.divided(at: UInt8(ascii: "=")) else { continue }
            fields[Self.unescaped(name.withoutBlanks)] = Self.unescaped(value.withoutBlanks)
        }
        return fields
    }

    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case UInt8(ascii: "\r"): bytes += #"\r"#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.next() else {
                bytes.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): bytes.append(UInt8(ascii: "\r"))
            default: bytes.append(escaped)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
