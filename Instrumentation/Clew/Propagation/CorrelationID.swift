/// The id of a business request, which may span several traces.
public enum CorrelationID {
    /// The header that carries it, read first and always written.
    public static let header = "X-Correlation-ID"
    /// The header that is read where the first is missing or invalid.
    public static let fallbackHeader = "X-Request-ID"

    /// 1 to 128 visible ASCII characters that mean nothing in a header, in baggage or in JSON.
    ///
    /// Spaces, quotes, `,`, `;`, `\` and `%` are refused, so that the id is the same text everywhere it is written.
    public static func isValid(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !forbidden.contains($0) }
    }

    private static let forbidden = Array(#"",;\%'"#.utf8)
}
