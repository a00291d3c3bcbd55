import ClewModel

/// The headers `traceparent` and `tracestate` (W3C Trace Context §3.2, §3.3).
enum TraceParent {
    /// Reads both headers; `nil` where `traceparent` is not valid. A bad `tracestate` is dropped alone.
    static func parse(_ text: String, traceState: String?) -> SpanContext? {
        let parts = text.trimmed.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let version = byte(parts[0]), version != 0xFF,
            // Version 0 has exactly four fields; a later one may have more after them (§4.3).
            version > 0 || parts.count == 4,
            isLowercaseHex(parts[1]), let traceID = TraceID(hex: parts[1]), traceID.isValid,
            isLowercaseHex(parts[2]), let spanID = SpanID(hex: parts[2]), spanID.isValid,
            let flags = byte(parts[3])
        else { return nil }
        return SpanContext(
            traceID: traceID,
            spanID: spanID,
            // Only the two known flags are kept (§3.2.2.5: others must be zero when sent on).
            flags: flags & 3,
            traceState: traceState.flatMap(validTraceState) ?? "",
            isRemote: true
        )
    }

    static func header(_ context: SpanContext) -> String {
        let flags = String([UInt8.hexDigit(context.flags >> 4), .hexDigit(context.flags & 15)].map(character))
        return "00-\(context.traceID.hex)-\(context.spanID.hex)-\(flags)"
    }

    private static func character(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }

    private static func byte(_ text: Substring) -> UInt8? {
        guard text.utf8.count == 2, isLowercaseHex(text) else { return nil }
        return UInt8(text, radix: 16)
    }

    private static func isLowercaseHex(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { $0.hexNibble != nil && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }
    }
}

extension TraceParent {
    /// The list with its empty members removed; `nil` where it breaks the grammar of §3.3.1 or has over 32 members.
    static func validTraceState(_ text: String) -> String? {
        let members = text.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
        guard members.count <= 32, members.allSatisfy(isMember) else { return nil }
        let keys = members.map { $0.prefix { $0 != "=" } }
        guard Set(keys).count == keys.count else { return nil }
        return members.joined(separator: ",")
    }

    private static func isMember(_ text: Substring) -> Bool {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2 else { return false }
        return isKey(pair[0]) && isValue(pair[1])
    }

    private static func isKey(_ key: Substring) -> Bool {
        let parts = key.split(separator: "@", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isKeyPart(parts[0], limit: 256, mayBeginWithDigit: false)
        case 2:
            return isKeyPart(parts[0], limit: 241, mayBeginWithDigit: true)
                && isKeyPart(parts[1], limit: 14, mayBeginWithDigit: false)
        default: return false
        }
    }

    private static func isKeyPart(_ part: Substring, limit: Int, mayBeginWithDigit: Bool) -> Bool {
        guard let first = part.utf8.first, part.utf8.count <= limit else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard letters.contains(first) || mayBeginWithDigit && digits.contains(first) else { return false }
        return part.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || Array("_-*/".utf8).contains($0) }
    }

    private static func isValue(_ value: Substring) -> Bool {
        (1...256).contains(value.utf8.count)
            && value.utf8.allSatisfy {
                (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
            }
    }
}
