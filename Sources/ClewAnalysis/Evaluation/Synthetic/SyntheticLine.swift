/// A log line with numbers that vary, each written as `#`.
struct SyntheticLine: Sendable, ExpressibleByStringLiteral {
    private let parts: [String]

    init(_ text: String) {
        parts = text.split(separator: "#", omittingEmptySubsequences: false).map { String($0) }
    }

    init(stringLiteral value: String) {
        self.init(value)
    }

    func text(using random: inout SyntheticRandom) -> String {
        var text = ""
        for (place, part) in parts.enumerated() {
            if place > 0 { text += String(random.number(1...99_999)) }
            text += part
        }
        return text
    }
}
