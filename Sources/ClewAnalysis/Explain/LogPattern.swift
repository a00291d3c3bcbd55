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
        let bytes = Array(line.utf8.prefix(maximumBytes))
        var tokens: [Range<Int>?] = []
        var start: Int?
        for index in 0...bytes.count where tokens.count < maximumTokens {
            let kind = index < bytes.count ? Kind(bytes[index]) : .space
            if kind == .word {
                start = start ?? index
                continue
            }
            if let begin = start { append(begin..<index, of: bytes, to: &tokens) }
            start = nil
            if kind == .mark { tokens.append(index..<(index + 1)) }
        }
        let texts = tokens.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } ?? wildcard }
        return texts.joined(separator: " ")
    }

    /// What a byte is part of; those of other scripts are letters.
    private enum Kind {
        case space, mark, word

        init(_ byte: UInt8) {
            switch byte {
            case 0...0x20: self = .space
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: ":"), UInt8(ascii: "$"), 0x80...:
                self = .word
            default: self = .mark
            }
        }
    }

    /// A word as a token, `nil` where it varies.
    private static func append(_ word: Range<Int>, of bytes: [UInt8], to tokens: inout [Range<Int>?]) {
        let isVariable = bytes[word].contains { (0x30...0x39).contains($0) }
        guard isVariable else { return tokens.append(word) }
        if let last = tokens.last, last == nil { return }
        // `<*> , <*>` is a list.
        if tokens.count > 1, tokens[tokens.count - 2] == nil, let mark = tokens[tokens.count - 1], mark.count == 1,
            Kind(bytes[mark.lowerBound]) == .mark
        {
            tokens.removeLast()
            return
        }
        tokens.append(nil)
    }

    /// Which patterns are variants of one: each pattern's representative.
    ///
    /// Two are one where they share ``similarity`` of their plain words (Jaccard): names of classes and the like are the same
    /// in every line of a service. The first in order of text represents the
    /// others.
    static func merged(_ patterns: [String]) -> [String: String] {
        var representatives: [(pattern: String, size: Int)] = []
        /// The representatives that have a word.
        var holders: [Substring: [Int]] = [:]
        var result: [String: String] = [:]
        for pattern in patterns.sorted() {
            let words = Set(pattern.split(separator: " ").filter { $0.allSatisfy(\.isLetter) })
            var shared = Array(repeating: 0, count: representatives.count)
            for word in words {
                for place in holders[word] ?? [] { shared[place] += 1 }
            }
            let found = shared.indices.first { isSimilar(shared[$0], representatives[$0].size, words.count) }
            result[pattern] = found.map { representatives[$0].pattern } ?? pattern
            guard found == nil, representatives.count < maximumRepresentatives else { continue }
            for word in words { holders[word, default: []].append(representatives.count) }
            representatives.append((pattern, words.count))
        }
        return result
    }

    private static func isSimilar(_ shared: Int, _ left: Int, _ right: Int) -> Bool {
        let all = left + right - shared
        return all == 0 || Double(shared) >= similarity * Double(all)
    }

    private static let similarity = 0.7
    private static let maximumRepresentatives = 500
}
