import Synchronization

/// What the dice said for one request, so that a request with three queries meets a database fault once.
final class RequestFaults: Sendable {
    /// Of the request that the current task serves.
    @TaskLocal static var current: RequestFaults?

    private let database: Mutex<Fault.Effect?>

    init(database: Fault.Effect?) {
        self.database = Mutex(database)
    }

    /// The database fault that is still to come; the first query takes it.
    func takeDatabaseFault() -> Fault.Effect? {
        database.withLock { effect in
            defer { effect = nil }
            return effect
        }
    }
}
