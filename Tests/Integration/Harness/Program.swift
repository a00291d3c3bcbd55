import Foundation
import Synchronization

/// Programs that the package builds, run as a user runs them.
enum Program {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) -> String {
        repository.appending(path: ".build/debug/\(name)").path
    }

    static let python = repository.appending(path: ".build/python/bin/python").path

    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameter timeout: Seconds after which it is ended and the run fails.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], timeout: Double = 60
    ) async throws -> Result {
        let process = try RunningProcess(path, arguments, environment: environment)
        let watchdog = Task {
            try await Task.sleep(for: .seconds(timeout))
            process.kill()
        }
        let status = await process.status()
        watchdog.cancel()
        return Result(status: status, output: process.output, errors: process.errors)
    }

    /// Runs a script of `Tests/Integration/Python`.
    static func script(_ name: String, _ arguments: [String], timeout: Double = 300) async throws -> Result {
        let path = repository.appending(path: "Tests/Integration/Python/\(name)").path
        return try await run(python, [path] + arguments, timeout: timeout)
    }

    static func clew(_ arguments: String..., environment: [String: String] = [:]) async throws -> Result {
        try await run(path("clew"), arguments, environment: environment)
    }
}

/// A child process whose output is collected in files, so that a chatty child never blocks on a full pipe.
final class RunningProcess: Sendable {
    private let process: Process
    private let directory: URL
    private let ended: Ended

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "clew-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        var inherited = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("OTEL_") && !$0.key.hasPrefix("CLEW_")
        }
        inherited.merge(environment) { $1 }
        process.environment = inherited
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(directory.appending(path: "out"))
        process.standardError = try Self.file(directory.appending(path: "err"))
        let ended = Ended()
        self.ended = ended
        process.terminationHandler = {
            ended.finish($0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus)
        }
        try process.run()
    }

    deinit {
        if process.isRunning { kill() }
        try? FileManager.default.removeItem(at: directory)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return try FileHandle(forWritingTo: url)
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { read("out") }
    var errors: String { read("err") }

    private func read(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: directory.appending(path: name))) ?? Data(), as: UTF8.self)
    }

    /// SIGTERM.
    func terminate() { process.terminate() }

    /// SIGKILL.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// The exit status, or minus the signal's number.
    func status() async -> Int32 {
        await withCheckedContinuation { ended.wait($0) }
    }
}

/// Remembers an exit status for whoever asks, before or after it is known.
private final class Ended: Sendable {
    private enum State {
        case running([CheckedContinuation<Int32, Never>])
        case ended(Int32)
    }

    private let state = Mutex(State.running([]))

    func finish(_ status: Int32) {
        let waiting = state.withLock { state -> [CheckedContinuation<Int32, Never>] in
            guard case .running(let waiting) = state else { return [] }
            state = .ended(status)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    func wait(_ continuation: CheckedContinuation<Int32, Never>) {
        let status = state.withLock { state -> Int32? in
            switch state {
            case .running(let waiting):
                state = .running(waiting + [continuation])
                return nil
            case .ended(let status): return status
            }
        }
        if let status { continuation.resume(returning: status) }
    }
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Asks until there is an answer; the bound is generous because machines are shared.
func eventually<Value>(
    _ what: String, within seconds: Double = 30, _ ask: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if let value = try await ask() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw TestFailure("\(what): not within \(seconds) s")
}
