import ClewAnalysis
import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Asks a collector for every trace of a run, and compares how many spans it has with how many were acknowledged.
///
/// The ids are made again from the requests' numbers, so that memory does not grow with the run.
final class TraceVerification: Sendable {
    struct Expected: Hashable, Sendable {
        var trace: TraceID
        var spans: Int
        /// Its request was sent again after a connection ended, so that it may be there twice.
        var mayRepeat: Bool
    }

    /// Problems that are told one by one.
    private static let toldProblems = 10

    private struct Cursor {
        var request = 0
        var waiting: [Expected] = []
    }

    private let source: RequestSource
    private let begun: Int
    private let unacknowledged: Set<Int>
    private let resent: Set<Int>
    private let cursor = Mutex(Cursor())
    private let state: Mutex<VerificationReport>
    private let failure = Mutex<Failure?>(nil)
    private let isStopping = Atomic(false)

    /// - Parameter begun: The run's requests are those below this number.
    init(_ source: RequestSource, begun: Int, unacknowledged: Set<Int>, resent: Set<Int>) {
        self.source = source
        self.begun = begun
        self.unacknowledged = unacknowledged
        self.resent = resent
        state = Mutex(VerificationReport())
    }

    convenience init(_ source: RequestSource, _ outcome: LoadRun.Outcome) {
        self.init(
            source, begun: outcome.taken, unacknowledged: outcome.result.unacknowledged.union(outcome.unsent),
            resent: outcome.result.resent)
    }

    /// - Returns: What was found; an interrupted verification says so.
    func perform(
        asking endpoint: HTTPEndpoint, connections: Int, on group: MultiThreadedEventLoopGroup, interrupts: Interrupts,
        progress: ProgressLine
    ) async throws -> VerificationReport {
        let latencies = try await interrupts.during({ self.stop() }) {
            try await progress.during({ self.line }) {
                let futures = (0..<connections).map { _ in TraceLookup.run(self, at: endpoint, on: group.next()) }
                var all = LookupLatencies()
                for future in futures { all.merge(try await future.get()) }
                return all
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        var report = state.withLock { $0 }
        let quantiles = latencies.histogram.quantiles(maximum: latencies.longest)
        (report.lookupP50, report.lookupP99, report.lookupMax) = (quantiles.p50, quantiles.p99, quantiles.max)
        report.connections = connections
        report.isComplete = next() == nil
        return report
    }

    private var line: String {
        let requests = cursor.withLock { $0.request }
        let traces = state.withLock { $0.traces }
        return "verifying: \(traces) traces, \(requests) of \(begun) requests"
    }

    // MARK: for the lookups

    /// The next trace to ask for; `nil` after the last.
    func next() -> Expected? {
        guard !isStopping.load(ordering: .relaxed) else { return nil }
        return cursor.withLock { cursor in
            while cursor.waiting.isEmpty {
                guard cursor.request < begun else { return nil }
                let request = cursor.request
                cursor.request += 1
                guard !unacknowledged.contains(request) else { continue }
                cursor.waiting = source.parts(of: request).map {
                    Expected(trace: $0.trace, spans: $0.spans, mayRepeat: resent.contains(request))
                }
            }
            return cursor.waiting.removeLast()
        }
    }

    /// - Parameters:
    ///   - distinct: Spans of the trace with different ids.
    ///   - count: All spans of it.
    func found(_ expected: Expected, distinct: Int, count: Int) {
        state.withLock { report in
            report.traces += 1
            report.spans += distinct
            report.repeatedSpans += count - distinct
            if distinct == 0 {
                report.missingTraces += 1
            } else if distinct != expected.spans || (count != distinct && !expected.mayRepeat) {
                report.wrongTraces += 1
            } else {
                return
            }
            guard report.problems.count < Self.toldProblems else { return }
            report.problems.append(
                VerificationReport.Problem(trace: expected.trace.hex, expected: expected.spans, found: count))
        }
    }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    func fail(_ reason: Failure) {
        failure.withLock { $0 = $0 ?? reason }
        stop()
    }
}

/// What a verification found.
struct VerificationReport: Codable, Hashable, Sendable {
    struct Problem: Codable, Hashable, Sendable {
        var trace: String
        var expected: Int
        var found: Int
    }

    /// Asked for, with the spans that were there.
    var traces = 0
    var spans = 0
    /// Of which no span is there.
    var missingTraces = 0
    /// Of which too few or too many spans are there.
    var wrongTraces = 0
    /// Spans that are there more than once; allowed where a request was sent again after its connection ended.
    var repeatedSpans = 0
    /// The first ten.
    var problems: [Problem] = []
    /// Nanoseconds from sending a question to the end of its answer.
    var lookupP50: UInt64 = 0
    var lookupP99: UInt64 = 0
    var lookupMax: UInt64 = 0
    var connections = 0
    /// Whether every trace was asked for.
    var isComplete = false

    /// Why the collector does not hold what it acknowledged; `nil` where it does.
    var failure: Failure? {
        guard missingTraces + wrongTraces == 0 else {
            return Failure(
                .nothingFound,
                "of \(traces) traces \(missingTraces) are missing and \(wrongTraces) have another number of spans")
        }
        guard isComplete else { return Failure(.failed, "the verification was interrupted after \(traces) traces") }
        return nil
    }
}
