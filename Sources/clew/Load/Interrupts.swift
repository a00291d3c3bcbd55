import Foundation
import Synchronization
import UnixSignals

/// Ctrl-C ends what is under way, not the process: a run that is cut short still reports. Pressed again it ends the process.
final class Interrupts: Sendable {
    private let end = Mutex<(@Sendable () -> Void)?>(nil)

    /// Begins to listen, until the process ends.
    static func listen() async -> Interrupts {
        let interrupts = Interrupts()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        Task {
            for await signal in signals { interrupts.receive(signal) }
        }
        return interrupts
    }

    /// Runs `body`; a signal calls `end`, which has to make it return soon.
    func during<Value>(_ end: @escaping @Sendable () -> Void, _ body: () async throws -> Value) async rethrows -> Value
    {
        self.end.withLock { $0 = end }
        defer { self.end.withLock { $0 = nil } }
        return try await body()
    }

    private func receive(_ signal: UnixSignal) {
        let end = end.withLock { end in
            defer { end = nil }
            return end
        }
        // What a shell reports for a process that a signal ended.
        guard let end else { exit(128 + signal.rawValue) }
        end()
    }
}
