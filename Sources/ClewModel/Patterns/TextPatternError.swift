/// Why a text is not a ``TextPattern``.
public struct TextPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    /// The pattern.
    public var text: String
    /// How many characters (Unicode scalars) of the pattern lie before what is wrong.
    public var offset: Int

    init(_ reason: String, in text: String, at offset: Int) {
        self.reason = reason
        self.text = text
        self.offset = offset
    }

    public var description: String { "at character \(offset + 1), \(reason)" }
}
