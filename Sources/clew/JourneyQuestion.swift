import ClewAnalysis
import ClewModel

/// What the flags of `clew journey` ask by: exactly one of a trace, a correlation id and an attribute.
struct JourneyQuestion {
    var id: String?
    var correlation: String?
    var attribute: String?

    func subject() throws(Failure) -> JourneySubject {
        switch (id, correlation, attribute) {
        case (let id?, nil, nil): return .trace(try traceID(id))
        case (nil, let correlation?, nil): return .correlation(try correlationID(correlation))
        case (nil, nil, let attribute?): return .attribute(try condition(attribute))
        default:
            throw Failure(
                .usage, "name one journey: by a trace's id, or by --correlation ID, or by --attribute order.id=ID")
        }
    }

    private func traceID(_ text: String) throws(Failure) -> TraceID {
        guard let id = TraceID(hex: text) else {
            throw Failure(
                .usage,
                "'\(text)' is not a trace id, which has 32 hexadecimal digits; a business key goes with "
                    + "--attribute, for example --attribute order.id=\(text)")
        }
        return id
    }

    private func correlationID(_ text: String) throws(Failure) -> String {
        guard !text.isEmpty else { throw Failure(.usage, "--correlation: the id is empty") }
        return text
    }

    private func condition(_ text: String) throws(Failure) -> AttributeCondition {
        do throws(AttributeConditionError) {
            return try AttributeCondition(text: text)
        } catch {
            throw Failure(.usage, "--attribute: '\(text)' is not a condition on an attribute: \(error)")
        }
    }
}
