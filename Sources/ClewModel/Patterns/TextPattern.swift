/// A regular expression that a whole text must match, in time linear in the length of the text, whatever the pattern.
///
/// Patterns come over the network from whoever may ask, so there is no backtracking: the pattern becomes an automaton,
/// whose states are made as texts need them (Cox, "Regular Expression Matching: the Virtual Machine Approach" and "in the
/// Wild"; RE2). What a pattern can cost is bounded when it is read: see ``maximumLength`` and ``maximumInstructions``.
///
/// The syntax is the part of RE2's that a yes or no needs:
///
/// | | |
/// |---|---|
/// | `a` `.` `[a-z]` `[^a-z]` `[[:alpha:]]` | a character; `.` is any, also a line feed unless `(?-s)` |
/// | `\d` `\D` `\w` `\W` `\s` `\S` | ASCII digits, letters with digits and `_`, white space; and the others |
/// | `\t` `\n` `\r` `\f` `\v` `\a` `\xFF` `\x{10FFFF}` `\.` | a character by its name; itself if punctuation |
/// | `xy` `x\|y` `(x)` `(?:x)` `(?P<name>x)` `(?<name>x)` | sequence, choice, groups |
/// | `x*` `x+` `x?` `x{3}` `x{3,}` `x{3,5}` | repetition, at most 1000 times by number; a further `?` changes nothing |
/// | `^` `\A` `$` `\z` | the beginning and the end of the text |
/// | `(?i)` `(?s)` `(?i:x)` `(?-i)` | ASCII letters in either case; `.` matches a line feed (on from the start) |
///
/// As the label matchers of Prometheus, Loki and Tempo, a pattern stands for the whole text: `time.*` matches `timeout`,
/// `time` does not; `.*time.*` finds it anywhere. Backreferences and lookaround have no linear-time matching; word
/// boundaries, Unicode classes and `(?m)` are not supported. Each is an error that says so.
public struct TextPattern: Sendable {
    /// In bytes of UTF-8. Lists of names that a dashboard joins with `|` grow long.
    public static let maximumLength = 16 << 10
    /// Of the compiled form: about one a character, times the counts of `{…}` around it.
    public static let maximumInstructions = 10_000

    /// The pattern as it was written.
    public let text: String
    /// With the states that short texts need, so that most texts find what they need.
    private let prepared: PatternMatcher

    /// - Throws: ``TextPatternError`` when the text is not a pattern, or one that is too large.
    public init(_ text: String) throws(TextPatternError) {
        self.text = text
        guard text.utf8.count <= Self.maximumLength else {
            throw TextPatternError("it is longer than \(Self.maximumLength) bytes", in: text, at: 0)
        }
        var parser = PatternParser(text)
        let program = try PatternProgram(parser.parse(), maximumInstructions: Self.maximumInstructions, text)
        var matcher = PatternMatcher(program)
        matcher.prepare()
        prepared = matcher
    }

    /// Whether the whole text matches. For many texts, ask one ``matcher``.
    public func matches(_ text: String) -> Bool {
        var matcher = prepared
        return matcher.matches(text)
    }

    /// A matcher that keeps what it learns of the pattern from one text to the next.
    public var matcher: PatternMatcher { prepared }
}

extension TextPattern: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension TextPattern: CustomStringConvertible {
    public var description: String { text }
}
