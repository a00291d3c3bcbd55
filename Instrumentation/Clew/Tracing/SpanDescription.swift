import ClewModel
package import Tracing

/// Attributes that an instrumentation gathers, to set them all at once.
///
/// A list: what is written once and read by the exporter alone needs no hash of its keys.
package struct SpanDescription {
    private(set) var attributes: Attributes = []

    /// Room for what is known of an HTTP request before it is handled.
    init() { attributes.reserveCapacity(12) }

    /// Of several values of one key the last counts; `nil` adds nothing.
    package subscript(key: String) -> (any SpanAttributeConvertible)? {
        get { attributes.last { $0.key == key }.flatMap { SpanAttribute($0.value) } }
        set {
            guard let value = newValue?.toSpanAttribute() else { return }
            attributes.append(Attribute(key, AttributeValue(value, maximumLength: nil)))
        }
    }
}

extension Tracing.Span {
    /// Sets several attributes of whichever tracer's span this is.
    package func describe(_ body: (inout SpanDescription) -> Void) {
        var description = SpanDescription()
        body(&description)
        if let span = self as? ClewSpan {
            span.setAttributes(description.attributes)
        } else {
            updateAttributes { attributes in
                for attribute in description.attributes {
                    attributes.set(attribute.key, value: SpanAttribute(attribute.value))
                }
            }
        }
    }
}
