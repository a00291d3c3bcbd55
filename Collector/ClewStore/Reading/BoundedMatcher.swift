import ClewModel

/// Matches the texts of one block, and gives up on a pattern that costs too much.
struct BoundedMatcher {
    /// Visits to instructions of the pattern: a fraction of a second. A pattern whose states fit in its tables needs
    /// thousands; only one that is made to have ever new states comes here.
    static let maximumVisits = 50_000_000

    private var matcher: PatternMatcher
    private let pattern: String
    private let maximumVisits: Int

    init(_ pattern: TextPattern, maximumVisits: Int = Self.maximumVisits) {
        self.maximumVisits = maximumVisits
        matcher = pattern.matcher
        self.pattern = pattern.text
    }

    /// - Throws: ``StoreError`` with code `tooExpensive`.
    mutating func matches(_ text: borrowing Swift.Span<UInt8>) throws(StoreError) -> Bool {
        let result = matcher.matches(text)
        guard matcher.visits <= maximumVisits else {
            throw StoreError(
                .tooExpensive,
                "the regular expression '\(pattern)' costs too much on what is stored: use smaller counts, fewer "
                    + "alternatives, or further conditions")
        }
        return result
    }

    mutating func matches(_ text: String) throws(StoreError) -> Bool {
        let bytes = Array(text.utf8)
        return try matches(bytes.span)
    }
}
