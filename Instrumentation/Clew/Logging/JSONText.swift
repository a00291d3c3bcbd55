import ClewModel

/// Builds one line of JSON without Foundation.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    mutating func beginObject() { begin(UInt8(ascii: "{")) }

    mutating func endObject() { end(UInt8(ascii: "}")) }

    mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

    mutating func key(_ name: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// A member whose value is text that needs no escapes.
    mutating func member(_ name: String, plain write: (inout [UInt8]) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Members that were written before.
    mutating func members(_ written: [UInt8]) {
        separate()
        bytes += written
        needsComma = true
    }

    mutating func object(_ fields: [LogField]) {
        beginObject()
        for field in fields {
            key(field.key)
            value(field.value)
        }
        endObject()
    }

    /// A value; numbers that JSON does not have are strings.
    mutating func value(_ value: LogValue) {
        switch value {
        case .string(let text): string(text)
        case .bool(let value): literal(value ? "true" : "false")
        case .int(let value): literal(value.description)
        case .double(let value): value.isFinite ? literal(value.description) : string(value.description)
        case .dictionary(let fields): object(fields)
        case .array(let values):
            begin(UInt8(ascii: "["))
            for element in values { self.value(element) }
            end(UInt8(ascii: "]"))
        }
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// Separates a value from the one before it.
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(text)
        needsComma = true
    }

    private mutating func string(_ text: String) {
        separate()
        quoted(text)
        needsComma = true
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(escaping: text)
        bytes.append(UInt8(ascii: "\""))
    }
}
