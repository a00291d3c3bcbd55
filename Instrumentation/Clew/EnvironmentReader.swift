import ClewModel

/// Reads settings by the rules of OpenTelemetry's "Environment Variable Specification".
///
/// An empty value counts as unset; a value that cannot be read is reported and replaced by the default.
struct EnvironmentReader {
    let values: [String: String]
    private(set) var warnings: [String] = []

    init(_ values: [String: String]) {
        self.values = values
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    func string(_ name: String) -> String? {
        values[name].flatMap { $0.trimmed.isEmpty ? nil : String($0.trimmed) }
    }

    /// `true` in any case is true; all else is false, with a warning unless it is `false`.
    mutating func bool(_ name: String) -> Bool {
        guard let text = string(name) else { return false }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            warn("\(name)=\(text) is neither true nor false; false is used")
            return false
        }
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        optionalInteger(name, in: range) ?? fallback
    }

    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            warn("\(name)=\(text) is not a whole number in \(range); the default is used")
            return nil
        }
        return value
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = string(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            warn("\(name)=\(text) is not a number in \(range); the default is used")
            return nil
        }
        return value
    }

    mutating func milliseconds(_ name: String, default fallback: Duration) -> Duration {
        optionalInteger(name, in: 1...86_400_000).map { .milliseconds($0) } ?? fallback
    }

    /// The choice that the value names, in any case.
    mutating func choice<Value>(_ name: String, _ choices: [(String, Value)], default fallback: Value) -> Value {
        guard let text = string(name) else { return fallback }
        if let match = choices.first(where: { $0.0 == text.lowercased() }) { return match.1 }
        warn("\(name)=\(text) is not one of \(choices.map(\.0).joined(separator: ", ")); the default is used")
        return fallback
    }

    /// A list of `key=value` with percent-encoded values, as in W3C Baggage.
    ///
    /// One broken member discards the whole list, as the resource specification asks.
    mutating func pairs(_ name: String) -> [(key: String, value: String)] {
        guard let text = string(name) else { return [] }
        var result: [(key: String, value: String)] = []
        for member in text.split(separator: ",") where !member.trimmed.isEmpty {
            let pair = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].trimmed.isEmpty, let key = PercentCoding.decode(pair[0].trimmed),
                let value = PercentCoding.decode(pair[1].trimmed)
            else {
                warn("\(name) holds '\(member.trimmed)', which is not key=value; the whole list is ignored")
                return []
            }
            result.append((key, value))
        }
        return result
    }
}
