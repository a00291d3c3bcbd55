/// A line on standard error that says how far an answer has come, on a terminal only.
struct AnswerProgress: Sendable {
    private let isShown = Terminal.standardErrorIsTerminal
    /// Longer than any text shown.
    private static let width = 30

    func show(_ share: Double) {
        guard isShown, share > 0, share < 1 else { return }
        write("looking at traces: \(Int(share * 100)) %")
    }

    /// Takes the line away, for what comes after it.
    func clear() {
        guard isShown else { return }
        write("")
        StandardStreams.writeError("\r")
    }

    private func write(_ text: String) {
        let fill = String(repeating: " ", count: max(0, Self.width - text.count))
        StandardStreams.writeError("\r\(text)\(fill)")
    }
}
