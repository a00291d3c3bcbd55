/// A named value on a span, event, link, log record, metric point, scope or resource.
public struct Attribute: Hashable, Sendable {
    public var key: String
    public var value: AttributeValue

    public init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

/// Attributes in the order in which they were sent.
///
/// The order and repeated keys are kept as they came: what was sent is never rewritten. Lookup finds the first.
public typealias Attributes = [Attribute]

extension [Attribute] {
    /// The value of the first attribute with this key; setting replaces it in place, or appends; `nil` removes it.
    public subscript(key: String) -> AttributeValue? {
        get { first { $0.key == key }?.value }
        set {
            let index = firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): self[index].value = value
            case (let index?, nil): remove(at: index)
            case (nil, let value?): append(Attribute(key, value))
            case (nil, nil): break
            }
        }
    }

    /// The first of `keys` that is present with a non-empty string value.
    public func firstString(of keys: String...) -> String? {
        for key in keys {
            if case .string(let value)? = self[key], !value.isEmpty { return value }
        }
        return nil
    }
}
