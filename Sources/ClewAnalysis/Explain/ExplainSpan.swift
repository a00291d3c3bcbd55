public import ClewModel

/// A span with what tells one instance, version or host of its service from another.
public struct ExplainSpan: Hashable, TraceMember {
    public var summary: SpanSummary
    /// `service.version`; empty where the resource has none.
    public var version: String
    /// `service.instance.id`, else `k8s.pod.name`.
    public var instance: String
    /// `host.name`, else `k8s.node.name`.
    public var host: String

    public init(_ summary: SpanSummary, version: String = "", instance: String = "", host: String = "") {
        self.summary = summary
        self.summary.service = BoundedText.cut(summary.service)
        self.summary.name = BoundedText.cut(summary.name)
        self.summary.target = summary.target.map {
            Target(kind: $0.kind, system: BoundedText.cut($0.system), name: BoundedText.cut($0.name))
        }
        self.version = BoundedText.cut(version)
        self.instance = BoundedText.cut(instance)
        self.host = BoundedText.cut(host)
    }

    public init(_ span: Span) {
        let resource = span.resource.attributes
        func first(_ keys: String...) -> String {
            keys.lazy.compactMap { resource.firstString(of: $0) }.first { !$0.isEmpty } ?? ""
        }
        self.init(
            SpanSummary(span),
            version: first(SemanticConventions.serviceVersion),
            instance: first(SemanticConventions.serviceInstanceID, SemanticConventions.k8sPodName),
            host: first(SemanticConventions.hostName, SemanticConventions.k8sNodeName))
    }

    public var traceID: TraceID { summary.traceID }

    /// Where it ran, by the attribute that says so.
    var places: [Place] {
        [
            Place(key: SemanticConventions.serviceVersion, value: version),
            Place(key: SemanticConventions.serviceInstanceID, value: instance),
            Place(key: SemanticConventions.hostName, value: host),
        ].filter { !$0.value.isEmpty }
    }

    /// One value of an attribute of a resource.
    struct Place: Hashable, Sendable {
        var key: String
        var value: String
    }
}
