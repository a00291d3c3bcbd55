/// The header `tracestate` (W3C Trace Context §3.3).
enum TraceState {
    static let header = "tracestate"
    private static let maximumMembers = 32

    /// The list without blanks and empty members; `nil` where it breaks the grammar of §3.3.1, names a key twice or has
    /// more than 32 members.
    ///
    /// Such a list is dropped as a whole, and alone: what it says of one vendor may not be true without the rest.
    static func valid(_ text: String) -> String? {
        var members: [Substring.UTF8View] = []
        var keys: Set<Substring> = []
        for member in HeaderMembers(text) {
            guard members.count < maximumMembers, let (key, value) = member.divided(at: UInt8(ascii: "=")),
                isKey(key), isValue(value), keys.insert(Substring(key)).inserted
            else { return nil }
            members.append(member)
        }
        let length = members.reduce(members.count - 1) { $0 + $1.count }
        return length == text.utf8.count ? text : members.map { Substring($0) }.joined(separator: ",")
    }

    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard let (tenant, system) = key.divided(at: UInt8(ascii: "@")) else {
            return isKeyPart(key, limit: 256, mayBeginWithDigit: false)
        }
        return isKeyPart(tenant, limit: 241, mayBeginWithDigit: true)
            && isKeyPart(system, limit: 14, mayBeginWithDigit: false)
    }

    private static func isKeyPart(_ part: Substring.UTF8View, limit: Int, mayBeginWithDigit: Bool) -> Bool {
        guard let first = part.first, part.count <= limit, mayBeginWithDigit || !isDigit(first) else { return false }
        guard isLetter(first) || isDigit(first) else { return false }
        return part.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"): true
            default: isLetter(byte) || isDigit(byte)
            }
        }
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count)
            && value.allSatisfy {
                (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
