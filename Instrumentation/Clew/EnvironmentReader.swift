import ClewModel

/// Reads settings by the rules of OpenTelemetry's "Environment Variable Specification".
///
/// An empty value counts as unset. A value that cannot be read is reported and then counts as unset too: nothing that
/// stands in a variable ends the process.
struct EnvironmentReader {
    /// What one list may hold: an environment can be megabytes, and a resource travels with every batch.
    static let maximumMembers = 1000

    let values: [String: String]
    private(set) var warnings: [String] = []
    /// Every variable that was asked for, set or not.
    private(set) var names: Set<String> = []

    init(_ values: [String: String]) {
        self.values = values
    }

    /// Each sentence once, however many signals it holds for, and not without end.
    mutating func warn(_ text: String) {
        if warnings.count < 100, !warnings.contains(text) { warnings.append(text) }
    }

    /// Says that a value cannot be used: `NAME=value` and what is wrong with it.
    mutating func warn(_ name: String, _ text: some StringProtocol, _ complaint: String) {
        warn("\(name)=\(Self.shown(text)) \(complaint)")
    }

    /// A value as a warning may show it: without credentials and not at any length.
    static func shown(_ text: some StringProtocol) -> String {
        let redacted = RedactedURL.text(text)
        return redacted.count > 100 ? redacted.prefix(100) + "…" : redacted
    }

    mutating func string(_ name: String) -> String? {
        names.insert(name)
        guard let text = values[name]?.trimmedLines, !text.isEmpty else { return nil }
        return String(text)
    }

    /// `true` in any case is true, `false` is false; all else is the default, with a warning.
    ///
    /// Where the default is false, that is the specification's rule.
    mutating func bool(_ name: String, default fallback: Bool = false) -> Bool {
        guard let text = string(name) else { return fallback }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            warn(name, text, "is neither true nor false; \(fallback) is used")
            return fallback
        }
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        optionalInteger(name, in: range) ?? fallback
    }

    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            warn(name, text, "is not a whole number in \(range); it is ignored")
            return nil
        }
        return value
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = string(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            warn(name, text, "is not a number in \(range); it is ignored")
            return nil
        }
        return value
    }

    /// The specification's *duration*. Zero asks for no wait at all, which would keep a core busy: 10 ms stand for it.
    mutating func milliseconds(_ name: String, default fallback: Duration) -> Duration {
        optionalInteger(name, in: 0...Self.maximumMilliseconds).map { .milliseconds(max($0, 10)) } ?? fallback
    }

    /// The specification's *timeout*: zero is without limit, which 24 days stand for.
    mutating func timeout(_ name: String) -> Duration? {
        optionalInteger(name, in: 0...Self.maximumMilliseconds)
            .map { .milliseconds($0 == 0 ? Self.maximumMilliseconds : $0) }
    }

    mutating func timeout(_ name: String, default fallback: Duration) -> Duration { timeout(name) ?? fallback }

    /// The largest number that the specification asks implementations to take.
    private static let maximumMilliseconds = Int(Int32.max)

    /// The choice that the value names, in any case.
    mutating func choice<Value>(_ name: String, _ choices: [(String, Value)], default fallback: Value) -> Value {
        choice(name, choices) ?? fallback
    }

    mutating func choice<Value>(_ name: String, _ choices: [(String, Value)]) -> Value? {
        guard let text = string(name) else { return nil }
        if let match = choices.first(where: { $0.0 == text.lowercased() }) { return match.1 }
        warn(name, text, "is not one of \(choices.map(\.0).joined(separator: ", ")); it is ignored")
        return nil
    }

    /// The members of a comma-separated list in lower case, each once; `nil` where there is none.
    mutating func list(_ name: String) -> [String]? {
        guard let text = string(name) else { return nil }
        var members: [String] = []
        for member in text.split(separator: ",", maxSplits: Self.maximumMembers) {
            let member = member.trimmedLines.lowercased()
            if !member.isEmpty, !members.contains(member) { members.append(member) }
        }
        return members.isEmpty ? nil : members
    }

    /// A list of `key=value` with percent-encoded values, as in W3C Baggage; of equal keys the last counts.
    ///
    /// One broken member discards the whole list, as the resource specification asks.
    mutating func pairs(_ name: String) -> [(key: String, value: String)] {
        guard let members = members(name) else { return [] }
        var result: [(key: String, value: String)] = []
        var positions: [String: Int] = [:]
        for member in members {
            guard let pair = Self.pair(member) else {
                warn("\(name) holds '\(Self.shown(member))', which is not key=value; the whole list is ignored")
                return []
            }
            if let position = positions[pair.key] {
                result[position] = pair
            } else {
                positions[pair.key] = result.count
                result.append(pair)
            }
        }
        return result
    }

    /// A list of HTTP header fields written as ``pairs(_:)``; `nil` where there is none.
    ///
    /// A field that cannot be sent is left out. Warnings never show values: they are credentials more often than not.
    mutating func headers(_ name: String) -> [String: String]? {
        guard let members = members(name) else { return nil }
        var headers: [String: String] = [:]
        for (index, member) in members.enumerated() {
            guard let (key, value) = Self.pair(member) else {
                warn("\(name): member \(index + 1) is not key=value; it is left out")
                continue
            }
            if let complaint = HeaderField.complaint(name: key, value: value) {
                warn("\(name): member \(index + 1), '\(Self.shown(key))', \(complaint); it is left out")
            } else {
                headers[key.lowercased()] = value
            }
        }
        return headers
    }

    private mutating func members(_ name: String) -> [Substring]? {
        guard let text = string(name) else { return nil }
        let members = text.split(separator: ",").map(\.trimmedLines).filter { !$0.isEmpty }
        guard members.count > Self.maximumMembers else { return members }
        warn("\(name) has \(members.count) members; those after the first \(Self.maximumMembers) are ignored")
        return Array(members.prefix(Self.maximumMembers))
    }

    private static func pair(_ member: Substring) -> (key: String, value: String)? {
        let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].trimmed.isEmpty, let key = PercentCoding.decode(parts[0].trimmed),
            let value = PercentCoding.decode(parts[1].trimmed)
        else { return nil }
        return (key, value)
    }
}

/// What may stand in a request's head.
enum HeaderField {
    /// Those that say how the body is written and framed, which the exporter alone knows.
    private static let reserved: Set<String> = [
        "connection", "content-encoding", "content-length", "content-type", "transfer-encoding",
    ]

    /// Why a field cannot be sent; `nil` where it can. Source: RFC 9110 §5.1 (field names), §5.5 (field values).
    static func complaint(name: String, value: String) -> String? {
        guard Token.isValid(name) else { return "is not the name of a header" }
        guard !reserved.contains(name.lowercased()) else { return "is set by the exporter itself" }
        guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            return "has a value with control characters"
        }
        return nil
    }
}

/// URLs as they may be shown.
enum RedactedURL {
    /// The text with `***` for user information and for a query, which both may hold credentials.
    static func text(_ text: some StringProtocol) -> String {
        var shown = String(text)
        let scheme = shown.firstRange(of: "://").map { shown[..<$0.upperBound] } ?? ""
        if let at = shown.lastIndex(of: "@") { shown = scheme + "***" + shown[at...] }
        if !scheme.isEmpty, let query = shown.firstIndex(of: "?") { shown = shown[..<query] + "?***" }
        return shown
    }
}

extension StringProtocol {
    /// Without the white space at both ends, line ends too: variables are filled from files.
    fileprivate var trimmedLines: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
