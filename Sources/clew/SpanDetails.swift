import ClewAnalysis
import ClewDashboards
import ClewModel

/// Every attribute, event and link of a trace's spans, in the order of the waterfall.
///
/// A resource is shown with the first of its spans.
struct SpanDetails {
    var trace: Trace
    var spans: [Span]

    var blocks: [Block] {
        let byID = Dictionary(grouping: spans, by: \.spanID)
        var seen: Set<SpanID> = []
        var resources: Set<Resource> = []
        return trace.spans.filter { seen.insert($0.spanID).inserted }
            .flatMap { byID[$0.spanID] ?? [] }
            .flatMap { span -> [Block] in
                let isNew = resources.insert(span.resource).inserted
                let heading = "\(span.resource.serviceName) \(span.name) \(span.spanID.hex)"
                return [.heading(StyledText(heading)), .list(lines(span) + (isNew ? resource(span) : []))]
            }
    }

    private func lines(_ span: Span) -> [StyledText] {
        var lines = list(span.attributes)
        for event in span.events {
            let offset =
                event.time < span.start ? "before its start" : "+" + DurationText.format(event.time - span.start)
            lines.append("\("event", .muted) \(event.name, .strong) \(offset, .muted)")
            lines += list(event.attributes, indent: "  ")
        }
        for link in span.links {
            lines.append("\("link", .muted) trace \(link.traceID.hex, .accent) span \(link.spanID.hex, .accent)")
            lines += list(link.attributes, indent: "  ")
        }
        return lines
    }

    private func resource(_ span: Span) -> [StyledText] {
        list(span.resource.attributes).map { "\("resource", .muted) " + $0 }
    }

    private func list(_ attributes: Attributes, indent: String = "") -> [StyledText] {
        attributes.map { "\(indent)\($0.key, .accent) = \($0.value)" }
    }
}
