/// Horizontal and vertical bars within text.
enum Bar {
    /// A bar of `share` of `width` columns, in eighths of a column; anything above zero shows.
    static func horizontal(_ share: Double, width: Int, _ style: TextStyle = .accent) -> StyledText {
        guard share > 0, width > 0 else { return StyledText() }
        let eighths = max(Int((min(share, 1) * Double(width * 8)).rounded()), 1)
        var text = String(repeating: "█", count: eighths / 8)
        if eighths % 8 > 0 { text.append(parts[eighths % 8]) }
        return StyledText(text, style)
    }

    /// One character per value, from the lowest block for zero to a full one for the highest; a space for no value.
    ///
    /// More values than `width` are merged, keeping the highest of each stretch.
    static func sparkline(_ values: [Double?], width: Int, _ style: TextStyle = .accent) -> StyledText {
        guard width > 0, !values.isEmpty else { return StyledText() }
        let columns = min(width, values.count)
        let merged = (0..<columns).map { column in
            values[(column * values.count / columns)..<((column + 1) * values.count / columns)].compactMap(\.self).max()
        }
        let highest = merged.reduce(0) { max($0, $1 ?? 0) }
        return StyledText(
            String(
                merged.map { value -> Character in
                    guard let value else { return " " }
                    guard highest > 0 else { return levels[0] }
                    return levels[min(max(Int((value / highest * 7).rounded()), 0), 7)]
                }
            ), style)
    }

    private static let parts: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
}
