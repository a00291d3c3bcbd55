import Clew
import ClewPatterns
import ClewTesting
import GRDB
import Synchronization
import Testing

@testable import ClewDurablePatterns

extension DatabaseFile {
    /// With every table of sagas, events and projections.
    func openSagas() throws -> DatabasePool {
        try open { migrator in
            SagaOrchestrator<Trip>.migrate(&migrator)
            EventStore<Tally>().migrate(&migrator)
            Projector.migrate(&migrator)
        }
    }
}

/// The state of the tests' sagas: what was done to it.
struct Trip: Codable, Equatable, Sendable {
    var log: [String] = []
}

/// Answers the calls of a saga's steps as a test says, and remembers them.
final class SagaScript: Sendable {
    enum Answer: Sendable {
        case succeed
        case refuse
        case fail
        /// As a process that is stopped does.
        case cancel
        /// Waits until the test says what to do, or the task is cancelled.
        case wait
        case failFor(Duration)
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String { "no answer" }
    }

    private struct State {
        var answers: [String: [Answer]]
        var calls: [String] = []
        var keys: [String] = []
    }

    private let state: Mutex<State>
    private let arrival = AsyncStream<Void>.makeStream()
    private let signal = AsyncStream<Void>.makeStream()

    /// - Parameter answers: By call, such as `compensate b`, in order; what is not said succeeds.
    init(_ answers: [String: [Answer]] = [:]) {
        state = Mutex(State(answers: answers))
    }

    /// Each with its attempt, such as `execute a 1`.
    var calls: [String] { state.withLock(\.calls) }
    var keys: [String] { state.withLock(\.keys) }

    func forget() { state.withLock { $0.calls = [] } }

    func answer(_ call: String, _ answers: [Answer]) { state.withLock { $0.answers[call] = answers } }

    /// Says that a call waits.
    func arrive() { arrival.continuation.yield() }

    /// Returns when a call waits.
    func arrived() async { for await _ in arrival.stream { return } }

    /// Lets the call that waits succeed.
    func goOn() { signal.continuation.yield() }

    func body(_ action: String) -> @Sendable (Trip, SagaContext) async throws -> Trip {
        { trip, context in
            let call = "\(action) \(context.step)"
            try await self.play(call, context)
            var trip = trip
            trip.log.append(call)
            return trip
        }
    }

    private func play(_ call: String, _ context: SagaContext) async throws {
        let answer = state.withLock { state in
            state.calls.append("\(call) \(context.attempt)")
            state.keys.append(context.idempotencyKey)
            let answers = state.answers[call] ?? []
            state.answers[call] = Array(answers.dropFirst())
            return answers.first ?? .succeed
        }
        switch answer {
        case .succeed: break
        case .refuse: throw SagaRefusal("no \(context.step)")
        case .fail: throw Failure()
        case .cancel: throw CancellationError()
        case .failFor(let time): throw PatternError(.rateLimited, "later", retryAfter: time)
        case .wait:
            arrive()
            for await _ in signal.stream { break }
            try Task.checkCancellation()
        }
    }
}

extension SagaScript {
    /// Three steps, or others, that are repeated without a wait: three times, and their compensations twice.
    func definition(
        _ steps: [String] = ["a", "b", "c"], backoff: Duration = .zero, timeToLive: Duration? = nil,
        finished: (@Sendable (SagaOutcome<Trip>, Database) throws -> Void)? = nil
    ) -> SagaDefinition<Trip> {
        var retry = RetrySettings()
        retry.backoff.base = backoff
        var compensation = retry
        compensation.maximumAttempts = 2
        let steps = steps.map { SagaStep($0, execute: body("execute"), compensate: body("compensate")) }
        return SagaDefinition(
            name: "trip", steps: steps, retry: retry, compensationRetry: compensation, timeToLive: timeToLive,
            finished: finished)
    }
}

/// A database file, and those who drive the sagas in it.
struct SagaBench {
    let file: DatabaseFile
    let database: DatabasePool
    let clock = ManualClock()

    init() throws {
        file = try DatabaseFile()
        database = try file.openSagas()
    }

    /// One with connections of its own, as another process has it.
    func orchestrator(
        _ definition: SagaDefinition<Trip>, owner: String = "first", clock: ManualClock? = nil,
        telemetry: Telemetry? = nil
    ) throws -> SagaOrchestrator<Trip> {
        SagaOrchestrator(
            definition, owner: owner, database: try file.openSagas(), clock: (clock ?? self.clock).clock,
            random: { 0.5 }, telemetry: telemetry)
    }

    func start(_ orchestrator: SagaOrchestrator<Trip>, _ id: String = "s") async throws {
        try await database.write { try orchestrator.start(id, state: Trip(), in: $0) }
    }

    /// The calls and the end of a saga that nothing interrupts.
    func run(_ script: SagaScript) async throws -> SagaOutcome<Trip> {
        let orchestrator = try orchestrator(script.definition())
        try await start(orchestrator)
        return try #require(try await orchestrator.run("s"))
    }

    func stored(_ id: String = "s") async throws -> SagaStore.Record {
        try await database.read { try SagaStore(saga: "trip").record(id, in: $0) }
    }
}

/// The aggregate of the tests' event stores.
struct Tally: EventSourced, Equatable {
    enum Event: Codable, Equatable, Sendable {
        case added(Int)
        case cleared
    }

    static let streamType = "tally"
    static let snapshotSchema = 1

    var sum = 0
    var count = 0

    mutating func apply(_ event: Event) {
        count += 1
        switch event {
        case .added(let number): sum += number
        case .cleared: sum = 0
        }
    }
}
