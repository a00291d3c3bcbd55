/// By which attribute the traces of a route are told apart.
public struct TraceGrouping: Hashable, Sendable {
    /// Of a span, or where it has none, of its resource, for example `service.version` or `http.request.method`.
    public var key: String
    /// The values that are told apart, in order; at most ``maximumValues``. Empty for all there are.
    public var values: [String]

    public static let maximumValues = 8

    /// - Parameter values: What is past ``maximumValues`` is dropped.
    public init(by key: String, values: [String] = []) {
        self.key = key
        self.values = Array(values.prefix(Self.maximumValues))
    }
}
