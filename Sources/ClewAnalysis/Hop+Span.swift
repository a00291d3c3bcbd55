import ClewModel

extension Hop {
    /// The hop that a span's own time belongs to.
    ///
    /// - An entry or internal span is `work` of its service, under the span's own name: an internal span's name says
    ///   which step inside the service took the time, where the entry's name would only repeat the route.
    /// - A client or producer span with an entry span below it, or a child in another service, is `network`: what its
    ///   child does not explain was spent on the way there, waiting, and on the way back. So is a span without a kind
    ///   that has a child in another service.
    /// - Otherwise its target decides: `database`, `messaging`, else `external`.
    ///
    /// A missing name of a target reads as its system, else as ``unknownTarget``.
    public init(of index: Int, in trace: Trace) {
        let span = trace.spans[index]
        let kind: Kind
        let target: String
        if span.kind == .unspecified, let callee = trace.calleeElsewhere(of: index) {
            (kind, target) = (.network, trace.spans[callee].service)
        } else if !Self.isCall(span) {
            (kind, target) = (.work, "")
        } else if let callee = trace.callee(of: index) {
            (kind, target) = (.network, trace.spans[callee].service)
        } else {
            kind = Self.kind(ofCallTo: span.target, by: span.kind)
            let name = span.target.map { $0.name.isEmpty ? $0.system : $0.name } ?? ""
            target = name.isEmpty ? Self.unknownTarget : name
        }
        self.init(kind: kind, service: span.service, target: target, operation: span.name)
    }

    /// Stands for a target that the sender did not name.
    public static let unknownTarget = "unknown"

    /// Whether a span calls something outside its service. Some libraries record database calls, above all those of
    /// embedded databases, as internal spans.
    private static func isCall(_ span: SpanSummary) -> Bool {
        span.kind == .client || span.kind == .producer || (!span.isEntry && span.target?.kind == .database)
    }

    private static func kind(ofCallTo target: Target?, by kind: SpanKind) -> Kind {
        switch target?.kind {
        case .database: .database
        case .messaging: .messaging
        case .peer, nil: kind == .producer ? .messaging : .external
        }
    }
}

extension Trace {
    /// The child that shows where a call arrived: an entry, else a child in another service.
    func callee(of index: Int) -> Int? {
        let service = spans[index].service
        return children(of: index).first { spans[$0].isEntry || spans[$0].service != service }
    }

    /// The first child in another service.
    func calleeElsewhere(of index: Int) -> Int? {
        let service = spans[index].service
        return children(of: index).first { spans[$0].service != service }
    }
}
