/// Why a text is not an ``AttributeCondition``.
public struct AttributeConditionError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The text form: `KEY`, `!KEY`, or `KEY`, an operator and a value; before the key may stand a scope and a colon.
///
/// The operators are `=`, `!=`, `>`, `>=`, `<`, `<=`, `=~` and `!~`. `==` is `=`, for values that begin with `~` or `=`.
/// A prefix that names no ``AttributeCondition/Scope`` belongs to the key; `any:` is for keys that begin like a scope.
extension AttributeCondition {
    /// Two-character operators first: `a>=1` is not `a>` with the value `=1`.
    private static let operators: [(text: String, comparison: Comparison)] = [
        ("=~", .regex), ("!~", .notRegex), ("==", .equal), ("!=", .notEqual), (">=", .greaterOrEqual),
        ("<=", .lessOrEqual), ("=", .equal), (">", .greater), ("<", .less),
    ]

    /// Reads the text form.
    ///
    /// - Throws: ``AttributeConditionError`` for an empty key, an unknown operator, or a regular expression that is none.
    public init(text: String) throws(AttributeConditionError) {
        let isMissing = text.hasPrefix(Comparison.missing.rawValue)
        let body = isMissing ? text.dropFirst() : text[...]
        let at = body.firstIndex { "=!<>".contains($0) } ?? body.endIndex
        let (scope, key) = Self.scopeAndKey(body[..<at])
        guard !key.isEmpty else {
            throw AttributeConditionError("a condition begins with a key: KEY, KEY=VALUE or !KEY")
        }
        let rest = body[at...]
        guard !rest.isEmpty else {
            self.init(key, isMissing ? .missing : .exists, in: scope)
            return
        }
        guard !isMissing else {
            throw AttributeConditionError("'!' before a key says that it is missing: !KEY, no more")
        }
        guard let (operatorText, comparison) = Self.operators.first(where: { rest.hasPrefix($0.text) }) else {
            throw AttributeConditionError("behind the key stands one of =, !=, >, >=, <, <=, =~, !~")
        }
        let value = String(rest.dropFirst(operatorText.count))
        if comparison == .regex || comparison == .notRegex {
            do throws(TextPatternError) {
                _ = try TextPattern(value)
            } catch {
                throw AttributeConditionError("'\(value)' is not a regular expression: \(error)")
            }
        }
        self.init(key, comparison, value, in: scope)
    }

    private static func scopeAndKey(_ text: Substring) -> (Scope, String) {
        guard let colon = text.firstIndex(of: ":"), let scope = Scope(rawValue: String(text[..<colon])) else {
            return (.any, String(text))
        }
        return (scope, String(text[text.index(after: colon)...]))
    }

    /// The form that ``init(text:)`` reads.
    public var text: String {
        let name = scope == .any && Self.scopeAndKey(key[...]).1 == key ? key : "\(scope.rawValue):\(key)"
        switch comparison {
        case .exists: return name
        case .missing: return comparison.rawValue + name
        case .equal where value.hasPrefix("~") || value.hasPrefix("="): return "\(name)==\(value)"
        default: return name + comparison.rawValue + value
        }
    }
}
