/// A hop by numbers: that of its operation, and that of its target.
struct HopKey: Hashable, Sendable {
    var kind: Hop.Kind
    var operation: Int32
    var target: Int32
}

/// A ``Call`` by the numbers of its operations.
struct CallKey: Hashable, Sendable {
    var step: Int32
    /// -1 for work inside the service.
    var callee: Int32
    var isDatabase: Bool
}

/// A ``Stop`` by numbers.
struct StopKey: Hashable, Sendable {
    var operation: Int32
    var after: CallKey?
}

/// A ``CallEdge`` by numbers.
struct CallEdgeKey: Hashable, Sendable {
    var operation: Int32
    var call: CallKey
}

/// A ``LoggedPattern`` by numbers.
struct PatternKey: Hashable, Sendable {
    var operation: Int32
    var severity: LogSeverity
    var text: Int32
}
