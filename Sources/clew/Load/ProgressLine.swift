import Foundation

/// What is being done now, as one line on stderr that is written over and over; nothing where that is no terminal.
struct ProgressLine: Sendable {
    private static let interval = Duration.milliseconds(500)
    private static let clear = "\r\u{1B}[2K"

    var isTerminal = isatty(STDERR_FILENO) == 1

    /// Shows a text again and again while `body` runs.
    func during<Value>(_ text: @escaping @Sendable () -> String, _ body: () async throws -> Value) async rethrows
        -> Value
    {
        guard isTerminal else { return try await body() }
        let writer = Task {
            while !Task.isCancelled {
                StandardStreams.writeError(Self.clear + text())
                try? await Task.sleep(for: Self.interval)
            }
            StandardStreams.writeError(Self.clear)
        }
        defer { writer.cancel() }
        let value = try await body()
        writer.cancel()
        await writer.value
        return value
    }
}
