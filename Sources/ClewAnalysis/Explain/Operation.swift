/// What a service does under one span name; executions of it are compared with each other.
struct Operation: Hashable, Sendable {
    var service: String
    var name: String
}

/// What an execution of an operation calls: a step inside its service, or, through it, an operation of another one.
struct Call: Hashable, Sendable {
    /// The operation of the child span.
    var step: Operation
    /// The operation in another service that the child leads to; `nil` for work inside the service.
    var callee: Operation?
    /// Whether it asks a database.
    var isDatabase: Bool

    /// The operation that does what was asked for.
    var performer: Operation { callee ?? step }
}
