/// Why bytes could not be read.
///
/// The message says what was found and what was expected; the offset says where, in bytes from the start of the input.
public struct WireError: Error, Hashable, Sendable {
    /// What kind of thing is wrong; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable {
            case truncated, malformed, invalidUTF8, tooDeep, tooLarge
        }

        let kind: Kind

        /// The input ends in the middle of a value.
        public static let truncated = Code(kind: .truncated)
        /// The bytes do not follow the format.
        public static let malformed = Code(kind: .malformed)
        /// A string is not valid UTF-8.
        public static let invalidUTF8 = Code(kind: .invalidUTF8)
        /// Values are nested deeper than ``WireLimits/maximumDepth``.
        public static let tooDeep = Code(kind: .tooDeep)
        /// Something is longer than the limit given for it.
        public static let tooLarge = Code(kind: .tooLarge)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    public var message: String
    /// Bytes from the start of the input, after decompression.
    public var offset: Int

    public init(_ code: Code, _ message: String, at offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}

extension WireError: CustomStringConvertible {
    public var description: String { "\(message) (at byte \(offset))" }
}
