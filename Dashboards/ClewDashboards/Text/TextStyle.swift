/// What a piece of text means; only `ansi` output turns it into a colour.
public enum TextStyle: Hashable, Sendable {
    case plain
    /// The title of a page.
    case title
    /// The title of a panel or the head of a column.
    case heading
    /// What the reader should see first.
    case strong
    case good
    case warning
    case error
    /// Names that identify: services, ids.
    case accent
    /// Time on the critical path.
    case critical
    /// Frames, axes, units: there when looked for.
    case muted
    /// The colour of the nth series of a chart.
    case series(Int)

    /// Parameters of the SGR sequence that turns the style on; `nil` where there is nothing to turn on.
    ///
    /// Only the sixteen colours that every terminal theme defines, so that the user's theme decides the shade.
    var sgr: String? {
        switch self {
        case .plain: nil
        case .title, .strong: "1"
        case .heading: "1;36"
        case .good: "32"
        case .warning: "33"
        case .error: "1;31"
        case .accent: "36"
        case .critical: "1;35"
        case .muted: "90"
        case .series(let index): Self.seriesColours[abs(index % Self.seriesColours.count)]
        }
    }

    /// Whether Markdown shows the style as bold.
    var isBoldInMarkdown: Bool {
        switch self {
        case .title, .strong, .error, .critical: true
        default: false
        }
    }

    private static let seriesColours = ["36", "33", "35", "32", "34", "31", "96", "93"]
}
