/// What a dashboard shows, as its YAML says; see ``init(yaml:file:)``.
public struct DashboardDefinition: Hashable, Sendable {
    /// A value that the caller gives, written `$name` in titles and filters.
    public struct Variable: Hashable, Sendable {
        public var name: String
        public var description: String
        /// Used when the caller gives none; `nil` for a variable that must be given.
        public var defaultValue: String?
    }

    /// Panels side by side, where the width allows.
    public struct Row: Hashable, Sendable {
        public var panels: [PanelDefinition]
    }

    public var title: String
    public var description: String
    public var variables: [Variable]
    public var rows: [Row]
    /// The file it was read from, for errors.
    public var file: String

    /// What data the panels need, so that a caller fetches just that.
    public var sources: Set<PanelDefinition.Source> {
        let panels = rows.flatMap(\.panels)
        return Set(panels.map(\.source) + (panels.contains(where: \.entriesOnly) ? [.map] : []))
    }
}
