extension StyledText {
    /// The line as it is printed, without a line break.
    public func rendered(_ options: RenderOptions) -> String {
        let line = trimmedAtEnd()
        return switch options.format {
        case .ansi: line.runs.map { $0.ansi(options.charset) }.joined()
        case .plain: line.runs.map { $0.plain(options.charset) }.joined()
        case .markdown: line.markdown(options.charset, startsBlock: true)
        }
    }

    /// The line inside a Markdown document: telemetry cannot make markup, HTML or a second table cell.
    ///
    /// - Parameter startsBlock: Whether the text begins a paragraph or an item, where `#`, `+` and `-` are markup too.
    func markdown(_ charset: Charset, startsBlock: Bool = false) -> String {
        var result = ""
        for run in runs {
            let text = MarkdownEscape.escaped(run.plain(charset), startsBlock: startsBlock && result.isEmpty)
            let inner = text.drop { $0 == " " }
            let isBold = run.style.isBoldInMarkdown && !inner.isEmpty && !inner.hasSuffix(" ")
            result += isBold ? text.prefix(text.count - inner.count) + "**\(inner)**" : text
        }
        return result
    }
}

extension StyledText.Run {
    func plain(_ charset: Charset) -> String { charset == .ascii ? ASCIIFold.fold(text) : text }

    func ansi(_ charset: Charset) -> String {
        guard let sgr = style.sgr else { return plain(charset) }
        return "\u{1B}[\(sgr)m\(plain(charset))\u{1B}[0m"
    }
}

/// Escapes for text inside a Markdown paragraph or table cell.
enum MarkdownEscape {
    /// Source: CommonMark 0.31 §2.4 and §6; GitHub Flavored Markdown §4.10 (tables), §6.5 (strikethrough).
    static func escaped(_ text: String, startsBlock: Bool) -> String {
        let characters = Array(text)
        var result = ""
        for (index, character) in characters.enumerated() {
            let isFirst = index == 0 && startsBlock
            switch character {
            case "\\", "`", "*", "[", "]", "<", ">", "|", "~", "&": result.append("\\")
            case "#" where isFirst, "+" where isFirst, "-" where isFirst, "=" where isFirst: result.append("\\")
            case "_" where !isInsideWord(characters, index): result.append("\\")
            default: break
            }
            result.append(character)
        }
        return result
    }

    /// An underscore between two letters or digits is no emphasis, and reads better without a backslash.
    private static func isInsideWord(_ characters: [Character], _ index: Int) -> Bool {
        func isWord(_ position: Int) -> Bool {
            characters.indices.contains(position)
                && (characters[position].isLetter || characters[position].isNumber || characters[position] == "_")
        }
        return isWord(index - 1) && isWord(index + 1)
    }
}
