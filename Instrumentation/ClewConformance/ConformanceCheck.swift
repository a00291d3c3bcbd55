import ClewFakeCollector
import Tracing

/// One rule that a backend must follow.
public struct ConformanceCheck: Identifiable, Sendable, CustomStringConvertible {
    /// What a check is about; it is skipped where the backend has no such part.
    public enum Area: String, Hashable, Sendable, CaseIterable {
        case tracing
        case propagation
        case metrics
        case logs
        case export
    }

    /// For example `tracing.ended-twice`; never changes.
    public let id: String
    public let area: Area
    /// The rule as a sentence.
    public let title: String
    /// Who asks for it: a document and its section.
    public let source: String
    /// Beside the variables that every check has.
    let environment: [String: String]
    let behaviours: [FakeCollector.Behaviour]
    private let body: @Sendable (ConformanceRun) async throws -> Void

    /// - Parameters:
    ///   - environment: Variables for the backend.
    ///   - behaviours: How the collector answers: each for one request, the last for all further ones.
    init(
        _ area: Area, _ name: String, _ title: String, source: String, environment: [String: String] = [:],
        collector behaviours: [FakeCollector.Behaviour] = [.accept],
        _ body: @escaping @Sendable (ConformanceRun) async throws -> Void
    ) {
        id = "\(area.rawValue).\(name)"
        self.area = area
        self.title = title
        self.source = source
        self.environment = environment
        self.behaviours = behaviours
        self.body = body
    }

    public var description: String { "\(id): \(title)" }

    /// Every check, by area.
    public static let all = tracing + spanContents + propagation + metrics + logs + export

    /// Runs the check on a fresh backend.
    ///
    /// - Parameter limit: After this long the check has failed, and what it started is left alone.
    public func run(on subject: some ConformanceSubject, within limit: Duration = .seconds(20)) async
        -> ConformanceOutcome
    {
        if let reason = subject.reasonToSkip(self) { return .skipped(reason) }
        // Its own task: a backend that never returns must not hold up the other checks.
        let (outcomes, continuation) = AsyncStream<ConformanceOutcome>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let running = Task.detached { continuation.yield(await self.perform(on: subject)) }
        let timer = Task.detached {
            try await Task.sleep(for: limit)
            continuation.yield(.failed(["did not end within \(limit)"]))
        }
        var iterator = outcomes.makeAsyncIterator()
        let outcome = await iterator.next() ?? .failed(["was cancelled"])
        running.cancel()
        timer.cancel()
        return outcome
    }

    private func perform(on subject: some ConformanceSubject) async -> ConformanceOutcome {
        do {
            return try await FakeCollector.run(behaviours.last ?? .accept, schedule: Array(behaviours.dropLast())) {
                collector in
                let standard = [
                    "OTEL_SERVICE_NAME": ConformanceRun.serviceName, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
                    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
                ]
                let backend = try await subject.start(standard.merging(environment) { $1 })
                return try await perform(ConformanceRun(backend, collector), backend)
            }
        } catch let skip as ConformanceSkip {
            return .skipped(skip.description)
        } catch {
            return .failed(["threw \(error)"])
        }
    }

    private func perform(_ run: ConformanceRun, _ backend: ConformanceBackend) async throws -> ConformanceOutcome {
        do {
            if area == .tracing || area == .propagation { _ = try run.tracer }
            if let tracer = backend.tracer {
                try await withTracer(tracer) { try await body(run) }
            } else {
                try await body(run)
            }
        } catch let skip as ConformanceSkip {
            try await backend.shutdown()
            return .skipped(skip.description)
        } catch {
            run.fail("threw \(error)")
        }
        if !run.wasShutDown { try await backend.shutdown() }
        return run.failures.isEmpty ? .passed : .failed(run.failures)
    }
}

/// How a check ended.
public enum ConformanceOutcome: Hashable, Sendable {
    case passed
    /// With what was wrong, one sentence each.
    case failed([String])
    case skipped(String)

    /// What was wrong; empty where nothing was.
    public var failures: [String] {
        if case .failed(let failures) = self { failures } else { [] }
    }
}
