public import Tracing

/// How much it matters that a request is answered when not all can be.
///
/// A program may have more than the three that are here, each with a level of its own:
///
/// ```swift
/// extension RequestPriority {
///     static let payment = RequestPriority("payment", level: 150)
/// }
/// ```
///
/// It is set where a request enters, by what the user does and not by which service calls; the ``LoadShedder`` of each later
/// step reads it from the context.
///
/// *When not to use it*: to order work that is all done in the end, which a queue does. And if everything is critical,
/// nothing is.
///
/// Source: B. Beyer et al., "Site Reliability Engineering", chapter 21, "Handling Overload", "Criticality".
public struct RequestPriority: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name in telemetry; one of few.
    public let name: String
    /// What matters more has a higher one.
    public let level: Int

    public init(_ name: String, level: Int) {
        self.name = name
        self.level = level
    }

    /// Work whose loss is expected and repaired: background jobs, prefetching, browsing; level 0. `SHEDDABLE` of the source.
    public static let sheddable = RequestPriority("sheddable", level: 0)
    /// What is said of nothing else; level 100. It stands between `SHEDDABLE_PLUS` and `CRITICAL`.
    public static let normal = RequestPriority("normal", level: 100)
    /// What users and income depend on, such as a checkout; level 200. `CRITICAL` of the source.
    public static let critical = RequestPriority("critical", level: 200)

    public var description: String { name }

    /// By level; the names keep an order where two levels are equal.
    public static func < (left: RequestPriority, right: RequestPriority) -> Bool {
        (left.level, left.name) < (right.level, right.name)
    }
}

private enum RequestPriorityKey: ServiceContextKey {
    typealias Value = RequestPriority
    static let nameOverride: String? = "request-priority"
}

extension ServiceContext {
    /// How much the request matters, where somebody said so. It stays in the process: what calls another service sends it by
    /// itself.
    public var requestPriority: RequestPriority? {
        get { self[RequestPriorityKey.self] }
        set { self[RequestPriorityKey.self] = newValue }
    }
}
