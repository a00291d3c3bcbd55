/// A pattern that a shop can be run without, to measure what it does.
///
/// It is no anti-pattern to be found: what fails without it is the measurement's, not the audit's.
public enum ShopPattern: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    /// Calls go on to a service that fails or hangs.
    case breaker
    /// Any share of calls may be repeated.
    case retryBudget = "retry-budget"
    /// Any number of calls of one service may wait for it.
    case bulkhead
    /// The gateway takes all requests alike.
    case shedding
    /// A page fails with any part of it.
    case fallback

    /// The pattern with this name.
    ///
    /// - Throws: ``ShopError/Code/unknownPattern`` with the names of all patterns.
    public init(name: some StringProtocol) throws(ShopError) {
        guard let found = Self(rawValue: String(name)) else {
            let valid = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw ShopError(.unknownPattern, "no pattern is named '\(name)'; the patterns are \(valid)")
        }
        self = found
    }

    /// Reads one pattern from each text.
    public static func set(parsing texts: [String]) throws(ShopError) -> Set<ShopPattern> {
        Set(try texts.map { text throws(ShopError) in try ShopPattern(name: text) })
    }

    /// Reads patterns separated by commas; blanks around them and empty parts are ignored.
    public static func set(parsing text: String) throws(ShopError) -> Set<ShopPattern> {
        try set(parsing: text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty })
    }

    public var description: String { rawValue }
}
