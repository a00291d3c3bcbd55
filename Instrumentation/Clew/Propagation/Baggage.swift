/// Named values that travel with a request.
///
/// Source: W3C Baggage. At most ``maximumEntries`` entries and ``maximumBytes`` bytes are read or written, the limits
/// that every platform must support (§3.3.2); what goes beyond is dropped from the end.
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

    /// The value of an entry; setting replaces it in place or appends, `nil` removes it.
    ///
    /// A key that is not a token of RFC 7230 cannot travel and is not set, nor is one entry too many.
    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index] = Entry(key: key, value: value)
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    private mutating func append(_ entry: Entry) {
        guard entries.count < Self.maximumEntries, Token.isValid(entry.key) else { return }
        entries.append(entry)
    }
}

extension Baggage {
    /// Reads a `baggage` header. Broken members are left out; of equal keys the first is kept.
    init(header: String) {
        var bytes = 0
        for member in header.split(separator: ",") {
            bytes += member.utf8.count + 1
            guard bytes <= Self.maximumBytes + 1 else { return }
            guard let entry = Self.entry(member), self[entry.key] == nil else { continue }
            append(entry)
        }
    }

    /// The header's value, or `nil` where there is nothing to send.
    var header: String? {
        var text = ""
        for entry in entries {
            let metadata = entry.metadata.isEmpty ? "" : ";" + entry.metadata
            let member = "\(entry.key)=\(PercentCoding.encode(entry.value))\(metadata)"
            guard text.utf8.count + member.utf8.count + 1 <= Self.maximumBytes else { continue }
            text += text.isEmpty ? member : "," + member
        }
        return text.isEmpty ? nil : text
    }

    private static func entry(_ member: Substring) -> Entry? {
        let parts = member.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, let value = PercentCoding.decode(pair[1].trimmed) else { return nil }
        let metadata = parts.count == 2 ? String(parts[1].trimmed) : ""
        guard metadata.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else { return nil }
        return Entry(key: String(pair[0].trimmed), value: value, metadata: metadata)
    }
}

/// A token of RFC 7230 §3.2.6.
enum Token {
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || punctuation.contains($0) }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static let punctuation = Array("!#$%&'*+-.^_`|~".utf8)
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    var trimmed: SubSequence {
        guard let first = firstIndex(where: { $0 != " " && $0 != "\t" }),
            let last = lastIndex(where: { $0 != " " && $0 != "\t" })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
