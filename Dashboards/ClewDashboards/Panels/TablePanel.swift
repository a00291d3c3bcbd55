/// A table, or a sentence where it has no rows.
public struct TablePanel: Panel {
    public var table: Table
    /// What to say when the table has no rows.
    public var emptyText: String
    /// What to say below the rows, for instance how many were left out.
    public var note: StyledText?

    public init(_ table: Table, emptyText: String, note: StyledText? = nil) {
        self.table = table
        self.emptyText = emptyText
        self.note = note
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !table.rows.isEmpty else { return [.paragraph(StyledText(emptyText, .muted))] }
        return [.table(table)] + (note.map { [.paragraph($0)] } ?? [])
    }
}
