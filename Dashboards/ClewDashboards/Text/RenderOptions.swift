/// How to render: the form, the characters and the width.
public struct RenderOptions: Hashable, Sendable {
    /// The narrowest and the widest output, in terminal columns; other widths count as the nearer of the two.
    ///
    /// The narrowest is a panel of a pair on a terminal of 80 columns.
    public static let widths = 39...400

    public var format: OutputFormat
    public var charset: Charset
    /// Terminal columns; no line of `ansi` or `plain` output is wider. Charts in `markdown` keep to it too.
    public var width: Int {
        didSet { width = Self.clamped(width) }
    }

    public init(format: OutputFormat = .plain, charset: Charset = .unicode, width: Int = 80) {
        self.format = format
        self.charset = charset
        self.width = Self.clamped(width)
    }

    private static func clamped(_ width: Int) -> Int { min(max(width, widths.lowerBound), widths.upperBound) }
}
