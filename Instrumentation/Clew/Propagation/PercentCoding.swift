import ClewModel

/// Percent-encoding of values in baggage, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS` (RFC 3986 §2.1).
enum PercentCoding {
    /// Decodes `%XX`; `nil` where an escape is broken.
    ///
    /// - Parameter repairing: Whether escapes that are not UTF-8 become U+FFFD, as W3C Baggage asks; else they are `nil`.
    static func decode(_ text: some StringProtocol, repairing: Bool = false) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next()?.hexNibble, let low = rest.next()?.hexNibble else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self) ?? (repairing ? String(decoding: bytes, as: UTF8.self) : nil)
    }

    /// Encodes all but the characters that W3C Baggage §3.3.1.3 (`baggage-octet`) allows, and `%`.
    static func encode(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if isBaggageOctet(byte), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), upperHexDigit(byte >> 4), upperHexDigit(byte & 15)]
            }
        }
    }

    private static func isBaggageOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }

    private static func upperHexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
