/// A line of text with styles, safe to print: whatever is put in is sanitised on the way.
public struct StyledText: Hashable, Sendable {
    /// A stretch of one style.
    struct Run: Hashable, Sendable {
        var text: String
        var style: TextStyle
    }

    private(set) var runs: [Run]
    /// Terminal columns.
    public private(set) var width: Int

    /// An empty line.
    public init() {
        runs = []
        width = 0
    }

    /// Any text, for instance from telemetry; see ``PrintableText/sanitized(_:)``.
    public init(_ text: some StringProtocol, _ style: TextStyle = .plain) {
        self.init()
        append(sanitized: PrintableText.sanitized(text), style)
    }

    public var isEmpty: Bool { runs.isEmpty }

    /// The text without its styles.
    public var text: String { runs.map(\.text).joined() }

    public mutating func append(_ text: some StringProtocol, _ style: TextStyle = .plain) {
        append(sanitized: PrintableText.sanitized(text), style)
    }

    mutating func append(sanitized text: String, _ style: TextStyle) {
        guard !text.isEmpty else { return }
        width += PrintableText.width(text)
        if let last = runs.indices.last, runs[last].style == style {
            runs[last].text += text
        } else {
            runs.append(Run(text: text, style: style))
        }
    }

    public static func += (left: inout StyledText, right: StyledText) {
        for run in right.runs { left.append(sanitized: run.text, run.style) }
    }

    public static func + (left: StyledText, right: StyledText) -> StyledText {
        var sum = left
        sum += right
        return sum
    }

    /// Without spaces at the end, so that files have no trailing blanks.
    func trimmedAtEnd() -> StyledText {
        var result = self
        while let last = result.runs.popLast() {
            let kept = last.text.utf8.reversed().drop { $0 == 0x20 }.count
            result.width -= last.text.utf8.count - kept
            guard kept > 0 else { continue }
            result.runs.append(Run(text: String(last.text.utf8.prefix(kept)) ?? last.text, style: last.style))
            break
        }
        return result
    }

    /// The same text, all in one style.
    public func styled(_ style: TextStyle) -> StyledText { StyledText(text, style) }
}

extension StyledText: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.line }

    /// `"\(count) spans in \(service, .accent)"`.
    public struct StringInterpolation: StringInterpolationProtocol {
        var line = StyledText()

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { line.append(literal) }

        public mutating func appendInterpolation(_ value: some CustomStringConvertible, _ style: TextStyle = .plain) {
            line.append(value.description, style)
        }

        public mutating func appendInterpolation(_ text: StyledText) { line += text }
    }
}

extension Sequence<StyledText> {
    /// All lines in one, with a separator between them.
    public func joined(separator: StyledText = StyledText()) -> StyledText {
        var result = StyledText()
        var isFirst = true
        for text in self {
            if !isFirst { result += separator }
            isFirst = false
            result += text
        }
        return result
    }
}
