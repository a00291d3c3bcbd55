/// A sentence in the place of a panel.
struct MessagePanel: Panel {
    var text: StyledText

    init(_ text: StyledText) {
        self.text = text
    }

    func blocks(_ options: RenderOptions) -> [Block] { [.paragraph(text)] }
}
