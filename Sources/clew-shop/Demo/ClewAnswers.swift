import ClewAnalysis
import ClewDemoShop
import ClewModel
import Foundation

/// Asks the `clew` program, as a person would.
struct ClewAnswers: Sendable {
    /// The part of `clew slow --json` that the demo reads.
    struct Slow: Decodable, Sendable {
        var reports: [SlowReport]

        private var culprit: SlowReport.HopShare? { reports.lazy.compactMap(\.culprit).first }
        /// The name of the first hop that Clew blames.
        var named: String? { culprit?.hop.name }
        /// The id of a trace that it slowed.
        var example: String? { culprit?.examples.first?.description }
        /// Traces that the collector could make sense of so far.
        var traceCount: Int { reports.reduce(0) { $0 + $1.traceCount } }
    }

    private static let limit = Duration.seconds(60)

    let program: URL
    let api: String
    let directory: URL

    /// Runs a command under a heading that shows what was typed; its output is this program's.
    ///
    /// - Parameter mayFindNothing: Whether it may end with 1, which says that nothing was found.
    func show(_ arguments: [String], mayFindNothing: Bool = false) async throws {
        Output.line("\n$ clew \(arguments.joined(separator: " "))")
        try await run(arguments, output: .standardOutput, accepting: mayFindNothing ? [0, 1] : [0])
    }

    /// `clew slow --json`, read.
    func slow() async throws -> Slow {
        let text = try await text(["slow", "--json"])
        do {
            return try JSONDecoder().decode(Slow.self, from: Data(text.utf8))
        } catch {
            throw ShopError(.malformedAnswer, "'clew slow --json' answered \(text.prefix(200))", cause: error)
        }
    }

    /// What a command prints.
    func text(_ arguments: [String]) async throws -> String {
        let file = directory.appendingPathComponent("answer")
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw ShopError(.startFailed, "\(file.path) cannot be written")
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try await run(arguments, output: handle)
        return try String(contentsOf: file, encoding: .utf8)
    }

    private func run(_ arguments: [String], output: FileHandle, accepting codes: Set<Int32> = [0]) async throws {
        let typed = "clew \(arguments.joined(separator: " "))"
        let process = try ManagedProcess(
            typed,
            program: program,
            arguments: arguments,
            environment: Fleet.environment(adding: ["CLEW_API": api]),
            log: directory.appendingPathComponent("clew.log"),
            output: output
        )
        let code = await withTaskCancellationHandler {
            await process.end(within: Self.limit)
        } onCancel: {
            process.send(SIGKILL)
        }
        try Task.checkCancellation()
        guard let code else {
            process.send(SIGKILL)
            throw ShopError(.malformedAnswer, "'\(typed)' did not end within \(Self.limit)")
        }
        guard codes.contains(code) else { throw ShopError(.malformedAnswer, "'\(typed)' ended with status \(code)") }
    }
}
