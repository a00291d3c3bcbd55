import ClewModel

/// Appends JSON text to a buffer and puts the commas and line breaks in.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let pretty: Bool
    private var depth = 0
    private var isFirst = true

    init(pretty: Bool) {
        self.pretty = pretty
    }

    mutating func begin(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        depth += 1
        isFirst = true
    }

    mutating func end(_ bracket: Unicode.Scalar) {
        depth -= 1
        if !isFirst { lineBreak() }
        bytes.append(UInt8(ascii: bracket))
        isFirst = false
    }

    /// Begins an element of an array.
    mutating func element() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        lineBreak()
        isFirst = false
    }

    /// Begins an entry of an object.
    mutating func name(_ name: [UInt8]) {
        element()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        if pretty { bytes.append(UInt8(ascii: " ")) }
    }

    /// Text that needs no escapes, without quotes.
    mutating func bare(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Text that needs no escapes, in quotes.
    mutating func quoted(_ text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string in valid UTF-8, with what JSON does not allow in it escaped.
    mutating func string(_ utf8: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in utf8 { escaped(byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0..<0x20: bytes += Array("\\u00".utf8) + [.hexDigit(byte >> 4), .hexDigit(byte & 15)]
        default: bytes.append(byte)
        }
    }

    private mutating func lineBreak() {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }
}
