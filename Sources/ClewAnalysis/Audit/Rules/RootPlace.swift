import ClewModel

/// Where a trace begins that should be part of another.
struct RootPlace: Hashable, Sendable {
    var kind: SpanKind
    /// As a finding's place has it.
    var text: String
    var services: [String]

    init(_ index: Int, _ trace: AuditTrace) {
        let span = trace.spans[index].summary
        let target = span.target?.name ?? ""
        let name = target.isEmpty ? Hop.unknownTarget : target
        kind = span.kind
        services = [span.service]
        switch kind {
        case .client:
            let callee = trace.callee(of: index).map { trace.service($0) }
            text = ServiceHop(caller: span.service, callee: callee ?? name).text
            if let callee { services.append(callee) }
        case .producer: text = "\(span.service) => \(name)"
        case .consumer: text = "\(name) => \(span.service)"
        case .server, .internal, .unspecified: text = trace.label(index)
        }
    }
}
