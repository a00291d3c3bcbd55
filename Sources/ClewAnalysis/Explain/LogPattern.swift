/// Takes what varies out of a log line, so that lines of one statement are one pattern.
///
/// Words with digits become `<*>`: numbers, ids, times, addresses. Neighbouring ones count as one, so that lists of any
/// length are equal. It is the masking step of Drain (He et al., ICWS 2017); ``merged(_:)`` does what its tree does,
/// at the end and without depending on the order of the lines.
enum LogPattern {
    /// Stands for what varies.
    static let wildcard = "<*>"
    /// Bytes of a line that are looked at.
    static let maximumBytes = 400
    static let maximumTokens = 40

    /// The pattern of a line; at most ``maximumTokens`` words and marks, a space between.
    static func mask(_ line: String) -> String {
        var tokens: [Substring] = []
        for token in words(line) where tokens.count < maximumTokens { append(token, to: &tokens) }
        return tokens.joined(separator: " ")
    }

    private static func append(_ token: Substring, to tokens: inout [Substring]) {
        let isVariable = token.utf8.contains { (0x30...0x39).contains($0) }
        guard isVariable else { return tokens.append(token) }
        if tokens.last == wildcard[...] { return }
        // `<*> , <*>` is a list.
        if tokens.count > 1, tokens[tokens.count - 2] == wildcard[...], tokens[tokens.count - 1].count == 1,
            tokens[tokens.count - 1].first?.isLetter == false
        {
            tokens.removeLast()
            return
        }
        tokens.append(wildcard[...])
    }

    /// Runs of letters, digits and what joins them, and each other mark by itself.
    private static func words(_ line: String) -> [Substring] {
        let cut = String(decoding: line.utf8.prefix(maximumBytes), as: UTF8.self)
        var words: [Substring] = []
        var start: String.Index?
        for index in cut.indices {
            let character = cut[index]
            if character.isLetter || character.isNumber || "_.-:$".contains(character) {
                if start == nil { start = index }
                continue
            }
            if let begin = start { words.append(cut[begin..<index]) }
            start = nil
            if !character.isWhitespace { words.append(cut[index...index]) }
        }
        if let begin = start { words.append(cut[begin...]) }
        return words
    }

    /// Which patterns are variants of one: each pattern's representative.
    ///
    /// Two are one where they share ``similarity`` of their plain words (Jaccard): names of classes and the like are the same
    /// in every line of a service. The first in order of text represents the
    /// others.
    static func merged(_ patterns: [String]) -> [String: String] {
        var representatives: [(pattern: String, words: Set<Substring>)] = []
        var result: [String: String] = [:]
        for pattern in patterns.sorted() {
            let words = Set(pattern.split(separator: " ").filter { $0.allSatisfy(\.isLetter) })
            let found = representatives.first { isSimilar($0.words, words) }
            if let found {
                result[pattern] = found.pattern
            } else {
                result[pattern] = pattern
                if representatives.count < maximumRepresentatives { representatives.append((pattern, words)) }
            }
        }
        return result
    }

    private static func isSimilar(_ left: Set<Substring>, _ right: Set<Substring>) -> Bool {
        let shared = left.intersection(right).count
        let all = left.count + right.count - shared
        return all == 0 || Double(shared) >= similarity * Double(all)
    }

    private static let similarity = 0.7
    private static let maximumRepresentatives = 500
}
