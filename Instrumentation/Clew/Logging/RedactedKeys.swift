/// The keys of metadata whose values are never written.
///
/// A key is one of them if it is one of the names, or ends in one behind a dot (`http.request.header.authorization`), in
/// any case and with `-` and `_` as equals.
struct RedactedKeys: Sendable {
    static let replacement = "REDACTED"

    private struct Name {
        /// Folded and reversed: names are compared from the end.
        var bytes: [UInt8]
        var ending: UInt64
    }

    private let names: [Name]
    /// The endings of all names: nearly all other keys are told from them here.
    private let endings: UInt64

    init(_ names: Set<String>) {
        self.names = names.sorted().filter { !$0.isEmpty }.map {
            Name(bytes: $0.utf8.reversed().map(Self.folded), ending: Self.ending(of: $0))
        }
        endings = self.names.reduce(0) { $0 | $1.ending }
    }

    func contains(_ key: String) -> Bool {
        guard endings != 0 else { return false }
        let ending = Self.ending(of: key)
        return endings & ending != 0 && names.contains { $0.ending == ending && Self.matches(key, $0.bytes) }
    }

    private static func matches(_ key: String, _ name: [UInt8]) -> Bool {
        var bytes = key.utf8.reversed().makeIterator()
        for expected in name {
            guard let byte = bytes.next(), folded(byte) == expected else { return false }
        }
        return bytes.next().map { $0 == UInt8(ascii: ".") } ?? true
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        default: byte
        }
    }

    /// A bit for the last two bytes of a key; before a single one stands as it were a dot.
    private static func ending(of key: String) -> UInt64 {
        let last = folded(key.utf8.last ?? 0)
        let before = folded(key.utf8.dropLast().last ?? UInt8(ascii: "."))
        return 1 << UInt64((last &* 31 &+ before) & 63)
    }
}
