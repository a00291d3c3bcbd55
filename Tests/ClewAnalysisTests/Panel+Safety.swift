import ClewDashboards

extension Panel {
    /// Whether the panel fits any width, and nothing in it moves a cursor or reorders a line.
    var isSafe: Bool {
        let fits = [40, 80, 200].allSatisfy { width in
            let text = render(RenderOptions(width: width))
            return Self.isPrintable(text)
                && text.split(separator: "\n").allSatisfy { PrintableText.width($0) <= width }
        }
        return fits && Self.isPrintable(render(RenderOptions(format: .markdown)))
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            guard scalar != "\n" else { return true }
            return switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
