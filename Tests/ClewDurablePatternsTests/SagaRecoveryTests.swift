import Clew
import ClewModel
import ClewTesting
import GRDB
import Synchronization
import Testing

@testable import ClewDurablePatterns

@Suite("Sagas whose process is killed, stopped or slow")
struct SagaRecoveryTests {
    private let bench: SagaBench

    init() throws {
        bench = try SagaBench()
    }

    // MARK: Interruptions

    private static let compensating: [String: [SagaScript.Answer]] = [
        "execute c": [.refuse], "compensate b": [.fail],
    ]

    @Test("goes on where it was killed, at whichever call, and repeats that one alone", arguments: 0..<9)
    func killed(point: Int) async throws {
        let isCompensating = point >= 3
        let answers = isCompensating ? Self.compensating : [:]
        let undisturbed = SagaScript(answers)
        let expected = try await bench.run(undisturbed)
        let calls = undisturbed.calls.map { String($0.dropLast(2)) }
        let index = isCompensating ? point - 3 : point
        try #require(calls.indices.contains(index))

        // The answers of that call come one later.
        let call = calls[index]
        let earlier = calls[..<index].filter { $0 == call }.count
        var interrupted = answers[call] ?? []
        while interrupted.count < earlier { interrupted.append(.succeed) }
        interrupted.insert(.cancel, at: earlier)
        let script = SagaScript(answers.merging([call: interrupted]) { $1 })
        let other = try SagaBench()
        let first = try other.orchestrator(script.definition())
        try await other.start(first)
        await #expect(throws: CancellationError.self) { try await first.run("s") }
        #expect(script.calls.count == index + 1)

        let second = try other.orchestrator(script.definition(), owner: "second")
        #expect(try await second.resumePending() == 1)
        var repeated = calls
        repeated.insert(call, at: index)
        // A refusal that follows an interrupted attempt does not say that the first one did nothing.
        if isCompensating, call == "execute c" { repeated.insert("compensate c", at: index + 2) }
        let outcome = try #require(try await second.run("s"))
        if call == "compensate b" {
            // It fails once by itself, and two attempts are all it has.
            #expect(outcome.ending == .parked)
        } else {
            #expect(script.calls.map { String($0.dropLast(2)) } == repeated)
            #expect(outcome.ending == expected.ending)
        }
    }

    @Test("leaves a cancelled saga for later with a free claim, and what was done until then is done")
    func cancelled() async throws {
        let script = SagaScript(["execute b": [.wait]])
        let first = try bench.orchestrator(script.definition())
        try await bench.start(first)
        let run = Task { try await first.run("s") }
        await script.arrived()
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        let second = try bench.orchestrator(script.definition(), owner: "second")
        #expect(try await second.resumePending() == 1)
        #expect(script.calls == ["execute a 1", "execute b 1", "execute b 2", "execute c 1"])
        let outcome = try await first.run("s")
        #expect(outcome?.state.log == ["execute a", "execute b", "execute c"])
    }

    @Test("records a step that succeeds in a cancelled task, and does not begin the next")
    func cancelledMeanwhile() async throws {
        let script = SagaScript()
        let steps = [
            SagaStep<Trip>(
                "a",
                execute: { trip, _ in
                    script.arrive()
                    while !Task.isCancelled { await Task.yield() }
                    return trip
                }),
            SagaStep("b", execute: script.body("execute")),
        ]
        let definition = SagaDefinition(name: "trip", steps: steps)
        let first = try bench.orchestrator(definition)
        try await bench.start(first)
        let run = Task { try await first.run("s") }
        await script.arrived()
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(script.calls.isEmpty)
        let record = try await bench.stored()
        #expect(record.stepName == "b")
        #expect(!record.position.isUnderWay)
        #expect(try await bench.orchestrator(definition, owner: "second").resumePending() == 1)
        #expect(script.calls == ["execute b 1"])
    }

    @Test("resumes a saga that was started and never run, once its claim has run out")
    func neverRun() async throws {
        let script = SagaScript()
        try await bench.start(bench.orchestrator(script.definition()))
        let second = try bench.orchestrator(script.definition(), owner: "second")
        bench.clock.advance(by: .milliseconds(14_999))
        #expect(try await second.resumePending() == 0)
        #expect(try await second.run("s")?.ending == nil)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await second.resumePending() == 1)
        #expect(try await second.run("s")?.ending == .completed)
    }

    @Test("does not record an end that cannot be told, and comes to it again without another call")
    func endNotTold() async throws {
        let script = SagaScript()
        let isBroken = Mutex(true)
        let definition = script.definition { _, db in
            if isBroken.withLock({ $0 }) { try db.execute(sql: "INSERT INTO nowhere VALUES (1)") }
        }
        let orchestrator = try bench.orchestrator(definition)
        try await bench.start(orchestrator)
        await #expect(throws: DatabaseError.self) { try await orchestrator.run("s") }
        isBroken.withLock { $0 = false }
        #expect(try await orchestrator.resumePending() == 0)
        bench.clock.advance(by: .seconds(15))
        #expect(try await orchestrator.resumePending() == 1)
        #expect(script.calls.count == 3)
        #expect(try await orchestrator.run("s")?.ending == .completed)
    }

    // MARK: Claims

    @Test("keeps its claim while a step takes long")
    func renews() async throws {
        let script = SagaScript(["execute b": [.wait]])
        let first = try bench.orchestrator(script.definition())
        let second = try bench.orchestrator(script.definition(), owner: "second")
        try await bench.start(first)
        let run = Task { try await first.run("s") }
        await script.arrived()
        for _ in 0..<5 {
            await bench.clock.sleepers(atLeast: 1)
            bench.clock.advance(by: .seconds(5))
        }
        // Renewed when it sleeps again.
        await bench.clock.sleepers(atLeast: 1)
        #expect(try await second.run("s")?.ending == nil)
        #expect(try await second.resumePending() == 0)
        #expect(try await first.run("s")?.ending == nil)
        script.goOn()
        #expect(try await run.value?.ending == .completed)
        #expect(script.calls.count == 3)
    }

    @Test("stops without writing where another owner has taken the claim")
    func fenced() async throws {
        let script = SagaScript(["execute b": [.wait]])
        // A process that stands still does not see the time pass.
        let first = try bench.orchestrator(script.definition(), clock: ManualClock())
        let second = try bench.orchestrator(script.definition(), owner: "second")
        try await bench.start(first)
        let run = Task { try await first.run("s") }
        await script.arrived()
        bench.clock.advance(by: .seconds(15))
        #expect(try await second.resumePending() == 1)
        let before = try await bench.stored()
        #expect(before.position.phase == .completed)

        script.goOn()
        #expect(try await run.value?.ending == nil)
        #expect(script.calls == ["execute a 1", "execute b 1", "execute b 2", "execute c 1"])
        let after = try await bench.stored()
        #expect(after.position == before.position)
        #expect(after.state == before.state)
        #expect(after.claim == before.claim)
    }

    @Test("cancels a run whose claim was lost, as soon as it is to be renewed")
    func lost() async throws {
        let script = SagaScript(["execute a": [.wait]])
        let still = ManualClock()
        let first = try bench.orchestrator(script.definition(), clock: still)
        try await bench.start(first)
        let run = Task { try await first.run("s") }
        await script.arrived()
        bench.clock.advance(by: .seconds(15))
        #expect(try await bench.orchestrator(script.definition(), owner: "second").resumePending() == 1)
        await still.sleepers(atLeast: 1)
        still.advance(by: .seconds(5))
        #expect(try await run.value?.ending == nil)
    }

    @Test("drives each of many sagas once, whichever of two owners claims it")
    func twoOwners() async throws {
        let script = SagaScript()
        let first = try bench.orchestrator(script.definition(["a"]))
        let second = try bench.orchestrator(script.definition(["a"]), owner: "second")
        for number in 0..<40 { try await bench.start(first, "s\(number)") }
        bench.clock.advance(by: .seconds(15))
        async let one = first.resumePending()
        async let two = second.resumePending()
        let resumed = try await [one, two]
        #expect(resumed.reduce(0, +) == 40)
        #expect(script.keys.sorted() == (0..<40).map { "s\($0)/a" }.sorted())
    }

    @Test("as a service resumes what nobody drives, until it is cancelled", .timeLimit(.minutes(1)))
    func service() async throws {
        let (stream, ended) = AsyncStream<String>.makeStream()
        let script = SagaScript()
        try await bench.start(bench.orchestrator(script.definition()))
        let second = try bench.orchestrator(
            script.definition { outcome, _ in ended.yield(outcome.sagaID) }, owner: "second")
        let service = Task { try await second.run() }
        await bench.clock.sleepers(atLeast: 1)
        #expect(script.calls.isEmpty)
        bench.clock.advance(by: .seconds(15))
        for await id in stream {
            #expect(id == "s")
            break
        }
        service.cancel()
        try await service.value
    }
}
