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

/// From one service to another.
struct Way: Hashable, Sendable {
    var caller: String
    var callee: String
}

/// A call and the operation that makes it.
struct CallEdge: Hashable, Sendable {
    var operation: Operation
    var call: Call
}

/// A call after which an operation may end; without a call, the operation's beginning.
struct Stop: Hashable, Sendable {
    var operation: Operation
    var after: Call?
}

/// What executions of an operation log.
struct LoggedPattern: Hashable, Sendable {
    var operation: Operation
    var severity: LogSeverity
    var text: String
}

/// The severities that matter to the analysis (logs data model, "Severity").
enum LogSeverity: Int, Hashable, Sendable, Comparable {
    case info, warning, error

    init(_ number: UInt8) {
        self = number >= 17 ? .error : number >= 13 ? .warning : .info
    }

    static func < (left: LogSeverity, right: LogSeverity) -> Bool { left.rawValue < right.rawValue }
}
