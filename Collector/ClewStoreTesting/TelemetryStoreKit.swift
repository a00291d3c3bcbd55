public import ClewStore

/// What every ``TelemetryStore`` must do, whatever the engine: run each check of ``Check`` in the tests of the engine.
///
/// The checks compare the engine with arrays in memory that are filtered by the queries' own `matches`. They use no test
/// framework: a broken rule is thrown as a ``KitViolation``.
public enum TelemetryStoreKit {
    /// Opens the store of a name. The name was never used before, or its store was closed: then its records are there.
    public typealias Open = @Sendable (_ name: String) async throws -> any TelemetryStore

    /// The rules, each as a sentence.
    public enum Check: String, Sendable, CaseIterable, CustomStringConvertible {
        case spansReturnWhole = "every field of a span comes back as it was sent"
        case logsReturnWhole = "every field of a log record comes back as it was sent"
        case spanQueries = "span queries find what SpanQuery.matches finds, newest first, up to the limit"
        case logQueries = "log queries find what LogQuery.matches finds, newest first, up to the limit"
        case summaries = "summaries are those of the matching spans"
        case summariesStop = "summaries stop when they are told to"
        case duplicates = "a span that is sent twice is kept twice"
        case distantTimes = "records of 1970, of 2100 and of last week are found with those of today"
        case malformed = "a malformed request is refused whole and leaves nothing behind"
        case partialRejection = "spans without ids are refused and counted, and the others of the request are stored"
        case emptyRequest = "a request without records is accepted"
        case reopening = "a store that was closed and opened again holds every record"
        case concurrency = "appends and reads at the same time lose nothing, and an acknowledged span is found at once"
        case status = "the status counts spans, records and times"
        case closing = "a closed store says so"

        public var description: String { rawValue }
    }

    /// - Parameter seed: Of the random records and queries.
    /// - Throws: ``KitViolation`` when the engine breaks the rule, or what the engine throws.
    public static func run(_ check: Check, seed: UInt64 = 1, open: @escaping Open) async throws {
        let name = "kit-\(check)-\(seed)"
        let run = KitRun(name: name, seed: seed, open: open)
        switch check {
        case .spansReturnWhole: try await run.spansReturnWhole()
        case .logsReturnWhole: try await run.logsReturnWhole()
        case .spanQueries: try await run.spanQueries()
        case .logQueries: try await run.logQueries()
        case .summaries: try await run.summaries()
        case .summariesStop: try await run.summariesStop()
        case .duplicates: try await run.duplicates()
        case .distantTimes: try await run.distantTimes()
        case .malformed: try await run.malformed()
        case .partialRejection: try await run.partialRejection()
        case .emptyRequest: try await run.emptyRequest()
        case .reopening: try await run.reopening()
        case .concurrency: try await run.concurrency()
        case .status: try await run.status()
        case .closing: try await run.closing()
        }
    }
}
