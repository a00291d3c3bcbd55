import UnixSignals

/// A signal that asks for the end stopped the work: Ctrl-C, a terminal that is gone, a reader that went away.
struct Interruption: Error {
    let signal: UnixSignal

    /// Runs `body`; a signal cancels it, and is thrown once it has cleaned up.
    static func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigpipe)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals { throw Interruption(signal: signal) }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
