/// Named values that travel with a request.
///
/// Source: W3C Baggage. At most ``maximumEntries`` entries and ``maximumBytes`` bytes are read or written, the limits
/// that every platform must support (§3.3.2); whole entries beyond them are dropped. There is no limit for one entry.
public struct Baggage: Hashable, Sendable {
    public static let maximumEntries = 64
    public static let maximumBytes = 8192

    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: String
        /// The properties after the first `;`, as they came.
        public var metadata: String

        public init(key: String, value: String, metadata: String = "") {
            self.key = key
            self.value = value
            self.metadata = metadata
        }
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// The value of an entry; setting replaces the entry in place or appends one, `nil` removes it.
    ///
    /// A key that is not a token of RFC 7230 cannot travel and is not set, nor is one entry too many.
    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            if let newValue {
                set(Entry(key: key, value: newValue))
            } else {
                entries.removeAll { $0.key == key }
            }
        }
    }

    /// Replaces the entry of that key in place, or appends it.
    ///
    /// An entry that cannot travel is not set: its key is not a token of RFC 7230, its metadata has a comma or is not
    /// printable ASCII, or it is one too many.
    public mutating func set(_ entry: Entry) {
        guard Token.isValid(entry.key), Self.isMetadata(entry.metadata) else { return }
        if let index = entries.firstIndex(where: { $0.key == entry.key }) {
            entries[index] = entry
        } else if entries.count < Self.maximumEntries {
            entries.append(entry)
        }
    }

    private static func isMetadata(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") || $0 == UInt8(ascii: "\t") }
    }
}

extension Baggage {
    static let header = "baggage"

    /// Reads a `baggage` header. Broken members are left out, of equal keys the first is kept; `nil` where nothing is
    /// left.
    init?(header: String) {
        var bytes = -1
        for member in HeaderMembers(header) {
            bytes += member.count + 1
            guard bytes <= Self.maximumBytes, entries.count < Self.maximumEntries else { break }
            guard let entry = Self.entry(member), self[entry.key] == nil else { continue }
            set(entry)
        }
        if isEmpty { return nil }
    }

    /// The header's value, or `nil` where there is nothing to send.
    var header: String? {
        var bytes: [UInt8] = []
        for entry in entries {
            let end = bytes.count
            if end > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += entry.key.utf8
            bytes.append(UInt8(ascii: "="))
            PercentCoding.encode(entry.value, into: &bytes)
            if !entry.metadata.isEmpty {
                bytes.append(UInt8(ascii: ";"))
                bytes += entry.metadata.utf8
            }
            if bytes.count > Self.maximumBytes { bytes.removeLast(bytes.count - end) }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func entry(_ member: Substring.UTF8View) -> Entry? {
        let (pair, metadata) = member.divided(at: UInt8(ascii: ";")) ?? (member, member[member.endIndex...])
        guard let (key, value) = pair.divided(at: UInt8(ascii: "=")),
            let text = PercentCoding.decode(Substring(value.withoutBlanks), repairing: true)
        else { return nil }
        return Entry(
            key: String(Substring(key.withoutBlanks)), value: text,
            metadata: String(Substring(metadata.withoutBlanks)))
    }
}

/// A token of RFC 7230 §3.2.6.
enum Token {
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || isPunctuation($0) }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// One of ``!#$%&'*+-.^_`|~``.
    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
