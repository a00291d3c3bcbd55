/// Turns Unicode text into ASCII of the same width, so that panels are drawn once and in one way.
enum ASCIIFold {
    /// Every scalar as one ASCII character of its meaning, or as `?`; two for a wide scalar, none for a combining one.
    static func fold(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else if let ascii = table[scalar] {
                result.append(ascii)
            } else {
                result.append(String(repeating: "?", count: PrintableText.width(scalar)))
            }
        }
        return result
    }

    private static let table: [Unicode.Scalar: Character] = {
        // A drawn character and its stand-in, one above the other.
        let drawn = "─━│┃├└┬┴┤┼→←↑↓↳·•●○▶✗✓…×–—±µ█▉▊▋▌▍▎▏▁▂▃▄▅▆▇░▒▓≤≥≈↩"
        let ascii = "-=|||`++|+><^v>-**o>!+~x--~u#::::..._.-=+*%.:%<>~<"
        return Dictionary(zip(drawn.unicodeScalars, ascii), uniquingKeysWith: { first, _ in first })
    }()
}
