/// Why flags were not taken.
public struct FeatureFlagError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) { self.description = description }

        /// The text is not JSON, is not a list, or nests too deep.
        public static let malformed = Code("malformed")
        /// The text is longer than ``FeatureFlags/maximumBytes``.
        public static let tooLarge = Code("too_large")
        /// A field that must be there is not, or is an empty key.
        public static let missingField = Code("missing_field")
        public static let wrongType = Code("wrong_type")
        public static let unknownField = Code("unknown_field")
        /// Two flags have one key.
        public static let duplicate = Code("duplicate")
        /// More flags than the table holds, or more ids than ``FeatureFlags/maximumIDs`` in a list.
        public static let tooMany = Code("too_many")
    }

    public var code: Code
    /// The key of the flag, or its place in the text, as in `#3`, where the key is what is wrong.
    public var flag: String?
    public var field: String?
    /// What is wrong, where, and what to do.
    public var message: String

    init(_ code: Code, flag: String? = nil, field: String? = nil, _ problem: String) {
        self.code = code
        self.flag = flag
        self.field = field
        let place = [flag.map { "flag '\($0)'" }, field.map { "field '\($0)'" }].compactMap(\.self)
        message = "\(place.isEmpty ? "the list of flags" : place.joined(separator: ", ")) \(problem)"
    }

    public var description: String { "\(code): \(message)" }
}
