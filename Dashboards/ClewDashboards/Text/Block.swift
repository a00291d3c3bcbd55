/// A part of a page: what it is, not how it looks.
///
/// Panels make blocks, and one place turns blocks into lines for a terminal or into Markdown.
public enum Block: Hashable, Sendable {
    /// The title of the page.
    case title(StyledText)
    /// The title of a panel or a section.
    case heading(StyledText)
    /// Sentences, wrapped to the width.
    case paragraph(StyledText)
    /// Short lines that belong together.
    case list([StyledText])
    case table(Table)
    /// Lines whose columns matter: charts and trees, drawn for a width.
    case figure([StyledText])
}

extension [Block] {
    /// The page as text, ending in one line break; empty for no blocks.
    public func render(_ options: RenderOptions) -> String {
        options.format == .markdown ? markdown(options) : text(options)
    }

    /// The lines for a terminal of `width` columns, none wider.
    public func lines(width: Int) -> [StyledText] {
        var lines: [StyledText] = []
        var previous: Block?
        for block in self {
            if let previous, !previous.isHeading { lines.append(StyledText()) }
            lines += block.lines(width: width)
            previous = block
        }
        return lines
    }

    private func text(_ options: RenderOptions) -> String {
        lines(width: options.width).map { $0.rendered(options) + "\n" }.joined()
    }

    private func markdown(_ options: RenderOptions) -> String {
        map { $0.markdown(options) + "\n" }.joined(separator: "\n")
    }
}

extension Block {
    fileprivate var isHeading: Bool {
        switch self {
        case .title, .heading: true
        default: false
        }
    }

    fileprivate func lines(width: Int) -> [StyledText] {
        switch self {
        case .title(let text):
            return [text.styled(.title).truncated(to: width), .repeated("━", width, .muted)]
        case .heading(let text):
            let title = StyledText("── ", .muted) + text.styled(.heading).truncated(to: width - 4) + " "
            return [title + .repeated("─", width - title.width, .muted)]
        case .paragraph(let text):
            return text.wrapped(to: width)
        case .list(let items):
            return items.flatMap { $0.wrapped(to: width, indent: 2) }
        case .table(let table):
            return table.lines(width: width)
        case .figure(let lines):
            return lines.map { $0.truncated(to: width).trimmedAtEnd() }
        }
    }

    fileprivate func markdown(_ options: RenderOptions) -> String {
        switch self {
        case .title(let text): "# \(StyledText(text.text).markdown(options.charset))"
        case .heading(let text): "## \(StyledText(text.text).markdown(options.charset))"
        case .paragraph(let text): text.rendered(options)
        case .list(let items): items.map { "- \($0.rendered(options))" }.joined(separator: "\n")
        case .table(let table): table.markdownLines(options.charset).joined(separator: "\n")
        case .figure(let lines): fenced(lines, options)
        }
    }

    /// In a fence longer than any run of backticks inside, so that telemetry cannot close it.
    private func fenced(_ lines: [StyledText], _ options: RenderOptions) -> String {
        let plain = RenderOptions(format: .plain, charset: options.charset, width: options.width)
        let body = lines.map { $0.truncated(to: options.width).rendered(plain) }
        let longest = body.map(Self.longestBacktickRun).max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return ([fence + "text"] + body + [fence]).joined(separator: "\n")
    }

    private static func longestBacktickRun(_ line: String) -> Int {
        var longest = 0
        var current = 0
        for byte in line.utf8 {
            current = byte == UInt8(ascii: "`") ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }
}
