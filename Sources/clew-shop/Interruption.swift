import Foundation
import UnixSignals

/// A signal that asks for the end stopped the work: Ctrl-C, a `kill`, a terminal that is gone.
struct Interruption: Error {
    let received: UnixSignal

    /// Runs `body`; a signal cancels it, and is thrown once it has cleaned up.
    static func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // A reader that goes away (`| head`) must not end this process before it has ended its own. Dispatch cannot take
        // this signal: its handler would send it again and again to the thread that wrote.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals { throw Interruption(received: signal) }
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
