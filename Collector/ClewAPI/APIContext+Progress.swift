import Hummingbird
import NIOCore

extension APIContext {
    /// How often a client hears of progress, and how soon it is noticed that it has gone.
    private static let pulse = Duration.milliseconds(500)

    /// A body of lines of JSON: `{"progress":0.25}` at once and with each pulse while the work goes on, then what it gave.
    ///
    /// A line that cannot be written means that the client has gone: the work is cancelled then.
    func body(_ work: @escaping @Sendable (WorkProgress) async -> [UInt8]) -> ResponseBody {
        ResponseBody { writer in
            let progress = WorkProgress()
            try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { await work(progress) }
                while true {
                    try await bounded { try await writer.write(Self.line(progress)) }
                    group.addTask {
                        try await Task.sleep(for: Self.pulse)
                        return nil
                    }
                    guard let result = try await group.next(), let answer = result else { continue }
                    group.cancelAll()
                    return try await bounded {
                        try await writer.write(ByteBuffer(bytes: answer + [UInt8(ascii: "\n")]))
                    }
                }
            }
            try await bounded { try await writer.finish(nil) }
        }
    }

    private static func line(_ progress: WorkProgress) -> ByteBuffer {
        ByteBuffer(string: "{\"progress\":\((progress.share * 1000).rounded() / 1000)}\n")
    }

    /// Closes the connection of a client that does not read for too long.
    private func bounded(_ write: () async throws -> Void) async throws {
        let channel = channel
        let deadline = channel.eventLoop.scheduleTask(in: Self.writeTimeout) { channel.close(promise: nil) }
        defer { deadline.cancel() }
        try await write()
    }
}
