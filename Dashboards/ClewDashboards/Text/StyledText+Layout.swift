/// Where text stands in a field wider than itself.
public enum Alignment: Hashable, Sendable {
    case left
    case right
}

extension StyledText {
    static func spaces(_ count: Int) -> StyledText {
        StyledText(String(repeating: " ", count: max(count, 0)))
    }

    static func repeated(_ character: Character, _ count: Int, _ style: TextStyle = .plain) -> StyledText {
        StyledText(String(repeating: character, count: max(count, 0)), style)
    }

    /// At most `width` columns; what is cut ends in `…`.
    public func truncated(to width: Int) -> StyledText {
        guard self.width > width else { return self }
        guard width > 0 else { return StyledText() }
        var result = StyledText()
        for run in runs {
            var kept = String.UnicodeScalarView()
            var used = result.width
            for scalar in run.text.unicodeScalars {
                let next = used + PrintableText.width(scalar)
                guard next <= width - 1 else {
                    result.append(sanitized: String(kept), run.style)
                    result.append(sanitized: "…", run.style)
                    return result
                }
                used = next
                kept.append(scalar)
            }
            result.append(sanitized: String(kept), run.style)
        }
        return result
    }

    /// At least `width` columns, filled with spaces.
    public func padded(to width: Int, _ alignment: Alignment = .left) -> StyledText {
        guard self.width < width else { return self }
        let fill = StyledText.spaces(width - self.width)
        return alignment == .left ? self + fill : fill + self
    }

    /// Exactly `width` columns.
    public func fitted(to width: Int, _ alignment: Alignment = .left) -> StyledText {
        truncated(to: width).padded(to: width, alignment)
    }

    /// Lines of at most `width` columns, broken at spaces; a longer word is broken where the line ends.
    ///
    /// - Parameter indent: Columns by which all lines but the first are moved to the right.
    public func wrapped(to width: Int, indent: Int = 0) -> [StyledText] {
        guard self.width > width else { return [self] }
        var lines: [StyledText] = []
        var line = StyledText()
        var pendingSpace = StyledText()
        for word in words() {
            if word.isSpace {
                pendingSpace += word.text
                continue
            }
            var rest = word.text
            if line.width + pendingSpace.width + rest.width <= width {
                line += pendingSpace
            } else if !line.isEmpty {
                lines.append(line)
                line = .spaces(min(indent, width / 2))
            }
            pendingSpace = StyledText()
            while line.width + rest.width > width {
                let (head, tail) = rest.split(at: max(width - line.width, 1))
                lines.append(line + head)
                line = .spaces(min(indent, width / 2))
                rest = tail
            }
            line += rest
        }
        return lines + [line]
    }

    /// Items side by side, as many to a line as fit, none broken unless it is wider than a line.
    static func packed(_ items: [StyledText], to width: Int) -> [StyledText] {
        var lines: [StyledText] = []
        for item in items {
            if let last = lines.last, last.width + 3 + item.width <= width {
                lines[lines.count - 1] = last + "   " + item
            } else {
                lines.append(item.truncated(to: width))
            }
        }
        return lines
    }

    /// The first scalars that fit into `width` columns, at least one, and the rest.
    private func split(at width: Int) -> (StyledText, StyledText) {
        var head = StyledText()
        var tail = StyledText()
        for run in runs {
            for scalar in run.text.unicodeScalars {
                let fits = head.isEmpty || head.width + PrintableText.width(scalar) <= width
                if tail.isEmpty && fits {
                    head.append(sanitized: String(Character(scalar)), run.style)
                } else {
                    tail.append(sanitized: String(Character(scalar)), run.style)
                }
            }
        }
        return (head, tail)
    }

    /// Words and the spaces between them, in order; a word may have several styles.
    private func words() -> [(text: StyledText, isSpace: Bool)] {
        var result: [(text: StyledText, isSpace: Bool)] = []
        for run in runs {
            for part in run.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
                if part.offset > 0 {
                    if let last = result.indices.last, result[last].isSpace {
                        result[last].text.append(sanitized: " ", run.style)
                    } else {
                        result.append((StyledText(" ", run.style), true))
                    }
                }
                guard !part.element.isEmpty else { continue }
                if part.element.first == "%", result.last?.isSpace == true, result.count > 1 {
                    // A number and its percent sign are one word.
                    let space = result.removeLast().text
                    result[result.count - 1].text += space
                }
                if let last = result.indices.last, !result[last].isSpace {
                    result[last].text.append(sanitized: String(part.element), run.style)
                } else {
                    result.append((StyledText(part.element, run.style), false))
                }
            }
        }
        return result
    }
}
