import ClewModel

/// Cuts long text, so that what is kept of a span is bounded whatever its sender wrote.
enum BoundedText {
    /// Bytes of UTF-8. Names, routes and ids are far shorter; a longer one is read by nobody.
    static let maximumBytes = 1024

    /// `text`, or its beginning with a hash of the whole, so that two long ids stay two.
    static func cut(_ text: String, to bytes: Int = Self.maximumBytes) -> String {
        guard text.utf8.count > bytes else { return text }
        let hash = text.utf8.reduce(UInt64(0)) { SplitMix64.mix($0 ^ UInt64($1)) }
        return String(decoding: text.utf8.prefix(bytes), as: UTF8.self) + "…" + String(hash, radix: 16)
    }
}
