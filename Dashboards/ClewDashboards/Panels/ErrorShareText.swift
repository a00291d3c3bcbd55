/// The share of errors, in the colour of its urgency.
public enum ErrorShareText {
    /// Muted where nothing failed, a warning below 1 %, an error from there on.
    public static func text(errors: Int, count: Int) -> StyledText {
        guard count > 0 else { return StyledText("–", .muted) }
        return text(share: Double(errors) / Double(count))
    }

    static func text(share: Double) -> StyledText {
        StyledText(NumberText.percent(share), share <= 0 ? .muted : share < 0.01 ? .warning : .error)
    }
}
