import ClewModel

/// What is worth a line below a span: why it failed, and what was logged in it.
struct SpanNotes: Sendable {
    /// Zipkin gives a client span and its server span one id, so the service belongs to the key.
    private struct Key: Hashable {
        var spanID: SpanID
        var service: String
    }

    private var notes: [Key: [StyledText]] = [:]
    private var failures: [Key: String] = [:]

    init(spans: [Span], logs: [LogRecord]) {
        for span in spans {
            guard let text = Self.failure(span) else { continue }
            let key = Key(spanID: span.spanID, service: span.resource.serviceName)
            // A span that was sent twice says the same twice.
            guard failures[key] == nil else { continue }
            notes[key] = [StyledText("✗ \(text)", .error)]
            failures[key] = text
        }
        for log in logs.sorted(by: { $0.effectiveTime < $1.effectiveTime }) {
            guard let spanID = log.spanID else { continue }
            notes[Key(spanID: spanID, service: log.resource.serviceName), default: []].append(LogLine.text(log))
        }
    }

    /// At most ``limit`` lines, the last of which says how many more there are.
    func lines(_ span: SpanSummary) -> [StyledText] {
        let all = notes[Key(spanID: span.spanID, service: span.service)] ?? []
        guard all.count > Self.limit else { return all }
        let rest = NumberText.counted(all.count - Self.limit + 1, "more line")
        return all.prefix(Self.limit - 1) + [StyledText("… \(rest)", .muted)]
    }

    /// Why a span failed, where its sender says so.
    func failure(of span: SpanSummary) -> String? { failures[Key(spanID: span.spanID, service: span.service)] }

    private static let limit = 8

    /// The status message, else the message of the first exception, else the type of the error.
    private static func failure(_ span: Span) -> String? {
        guard span.status.code == .error else { return nil }
        if !span.status.message.isEmpty { return span.status.message }
        let exception = span.events.first { $0.name == SemanticConventions.exceptionEvent }
        return exception?.attributes.firstString(
            of: SemanticConventions.exceptionMessage, SemanticConventions.exceptionType)
            ?? span.attributes.firstString(of: SemanticConventions.errorType)
    }
}
