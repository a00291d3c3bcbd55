/// Text with `$name` in it.
enum VariableText {
    /// The text with every `$name` replaced; `$` before anything but a letter, a digit or `_` stays.
    static func substituted<Failure: Error>(
        _ text: String, _ value: (String) throws(Failure) -> String
    ) throws(Failure) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let name = rest[rest.index(after: dollar)...].prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
            }
            result += name.isEmpty ? "$" : try value(String(name))
            rest = rest[name.endIndex...]
        }
        return result + rest
    }
}
