/// The three forms in which text leaves the renderer.
public enum OutputFormat: String, Hashable, Sendable, CaseIterable {
    /// Lines for a terminal, with colours as SGR escape sequences (ECMA-48 §8.3.117).
    case ansi
    /// The same lines without any escape sequence: for pipes, files and logs.
    case plain
    /// Markdown as code hosts read it: tables as tables, charts in fenced blocks.
    case markdown
}
