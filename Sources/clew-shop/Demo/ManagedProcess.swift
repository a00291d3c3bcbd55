import ClewDemoShop
import Foundation
import Synchronization

/// A process that this one started, with its output in a file, and ends by its id.
///
/// It inherits the blocked signals of a Dispatch thread. That is well for programs that take their signals from Dispatch,
/// as all services here do; others end by SIGKILL only.
final class ManagedProcess: Sendable {
    private static let pollInterval = Duration.milliseconds(20)

    let name: String
    let pid: Int32
    /// Its stdout and stderr.
    let log: URL
    /// Its exit status, once it has ended: only until then is the id its own.
    private let status: Exit

    private final class Exit: Sendable {
        let code = Mutex<Int32?>(nil)
    }

    var exitCode: Int32? { status.code.withLock(\.self) }

    /// - Parameters:
    ///   - output: Where stdout goes; `nil` sends it to the log.
    init(
        _ name: String,
        program: URL,
        arguments: [String],
        environment: [String: String],
        log: URL,
        output: FileHandle? = nil
    ) throws {
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw ShopError(.startFailed, "the log file \(log.path) cannot be written")
        }
        let logHandle = try FileHandle(forWritingTo: log)
        defer { try? logHandle.close() }
        let status = Exit()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? logHandle
        process.standardError = output == nil ? logHandle : FileHandle.standardError
        process.terminationHandler = { ended in
            status.code.withLock { $0 = ended.terminationStatus }
        }
        do {
            try process.run()
        } catch {
            throw ShopError(.startFailed, "\(name) cannot be started", cause: error)
        }
        self.name = name
        self.pid = process.processIdentifier
        self.log = log
        self.status = status
    }

    /// Waits for the first line of its output that is such a JSON object.
    ///
    /// - Throws: ``ShopError/Code/startFailed`` when it ends or the time passes first.
    func firstLine<Line: Decodable>(_ type: Line.Type, within limit: Duration) async throws -> Line {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let hasEnded = exitCode != nil
            if let line = try firstLine(type) { return line }
            if hasEnded { throw ShopError(.startFailed, "\(name) ended at its start; its last lines:\n\(tail())") }
            try await Task.sleep(for: Self.pollInterval)
        }
        throw ShopError(.startFailed, "\(name) did not listen within \(limit); its last lines:\n\(tail())")
    }

    /// Waits for its end, whatever the current task is told.
    ///
    /// - Returns: Its exit status; `nil` when the time passed first.
    func end(within limit: Duration) async -> Int32? {
        let deadline = ContinuousClock.now + limit
        while exitCode == nil, ContinuousClock.now < deadline {
            await Task { try? await Task.sleep(for: Self.pollInterval) }.value
        }
        return exitCode
    }

    func send(_ signal: Int32) {
        status.code.withLock { if $0 == nil { kill(pid, signal) } }
    }

    /// The last lines of its log.
    func tail() -> String {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    private func firstLine<Line: Decodable>(_ type: Line.Type) throws -> Line? {
        let decoder = JSONDecoder()
        return try Data(contentsOf: log).split(separator: UInt8(ascii: "\n")).lazy
            .compactMap { try? decoder.decode(type, from: $0) }.first
    }
}
