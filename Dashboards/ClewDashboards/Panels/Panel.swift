/// Something that can be shown: on its own by a command, or as part of a dashboard.
public protocol Panel: Sendable {
    /// The panel's content, without a title, drawn for the width and characters of `options`.
    ///
    /// A panel without data says so in a sentence; it is never empty.
    func blocks(_ options: RenderOptions) -> [Block]
}

extension StyledText {
    /// A sentence with texts from telemetry, which may be of any length: cut where nobody reads on.
    var readable: StyledText { truncated(to: 1000) }
}

extension Panel {
    /// The panel alone, as text.
    public func render(_ options: RenderOptions) -> String { blocks(options).render(options) }
}
