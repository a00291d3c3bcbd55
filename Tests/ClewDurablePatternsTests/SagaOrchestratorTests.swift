import Clew
import ClewModel
import ClewTesting
import GRDB
import Synchronization
import Testing

@testable import ClewDurablePatterns

@Suite("A saga's orchestrator")
struct SagaOrchestratorTests {
    private let bench: SagaBench

    init() throws {
        bench = try SagaBench()
    }

    // MARK: Ends

    @Test("executes all steps in order, hands the state on, and tells the end in its own transaction")
    func completes() async throws {
        let script = SagaScript()
        let orchestrator = try bench.orchestrator(
            script.definition { outcome, db in
                try db.execute(sql: "CREATE TABLE told (ending TEXT)")
                try db.execute(sql: "INSERT INTO told VALUES (?)", arguments: [outcome.ending.rawValue])
            })
        try await bench.start(orchestrator)
        let outcome = try #require(try await orchestrator.run("s"))
        #expect(script.calls == ["execute a 1", "execute b 1", "execute c 1"])
        #expect(outcome.ending == .completed)
        #expect(outcome.reason == nil)
        #expect(outcome.state.log == ["execute a", "execute b", "execute c"])
        let told = try await bench.database.read { try String.fetchOne($0, sql: "SELECT ending FROM told") }
        #expect(told == "completed")

        let again = try await orchestrator.run("s")
        #expect(again?.state == outcome.state)
        #expect(again?.ending == .completed)
        #expect(script.calls.count == 3)
    }

    @Test("compensates what was done, in reverse, where a step is refused")
    func refused() async throws {
        let script = SagaScript(["execute c": [.refuse]])
        let outcome = try await bench.run(script)
        #expect(
            script.calls == ["execute a 1", "execute b 1", "execute c 1", "compensate b 1", "compensate a 1"])
        #expect(outcome.ending == .compensated)
        #expect(outcome.reason == "no c")
        #expect(outcome.state.log.last == "compensate a")
    }

    @Test("repeats a step that fails with the same key, then compensates it too")
    func failed() async throws {
        let script = SagaScript(["execute b": [.fail, .fail, .fail]])
        let outcome = try await bench.run(script)
        #expect(
            script.calls == [
                "execute a 1", "execute b 1", "execute b 2", "execute b 3", "compensate b 1", "compensate a 1",
            ])
        #expect(script.keys == ["s/a", "s/b", "s/b", "s/b", "s/b/compensate", "s/a/compensate"])
        #expect(outcome.reason == "no answer")
    }

    @Test("passes over a step without a compensation")
    func nothingToUndo() async throws {
        let script = SagaScript(["execute c": [.refuse]])
        let steps = [
            SagaStep("a", execute: script.body("execute"), compensate: script.body("compensate")),
            SagaStep("b", execute: script.body("execute")),
            SagaStep("c", execute: script.body("execute")),
        ]
        let orchestrator = try bench.orchestrator(SagaDefinition(name: "trip", steps: steps))
        try await bench.start(orchestrator)
        let outcome = try await orchestrator.run("s")
        #expect(outcome?.ending == .compensated)
        #expect(script.calls == ["execute a 1", "execute b 1", "execute c 1", "compensate a 1"])
    }

    @Test("parks a saga whose compensation fails at every attempt, and goes on where a human had it unparked")
    func parks() async throws {
        let script = SagaScript(["execute c": [.refuse], "compensate a": [.fail, .fail]])
        let endings = Mutex<[SagaEnding]>([])
        let orchestrator = try bench.orchestrator(
            script.definition { outcome, _ in endings.withLock { $0.append(outcome.ending) } })
        try await bench.start(orchestrator)
        let parked = try await orchestrator.run("s")
        #expect(parked?.ending == .parked)
        #expect(parked?.reason == "no answer")
        #expect(script.calls.suffix(3) == ["compensate b 1", "compensate a 1", "compensate a 2"])
        #expect(
            try await orchestrator.parked() == [
                ParkedSaga(id: "s", step: "a", reason: "no answer", since: bench.clock.clock.wall())
            ])
        bench.clock.advance(by: .seconds(3_600))
        #expect(try await orchestrator.resumePending() == 0)

        script.forget()
        try await orchestrator.unpark("s")
        #expect(try await orchestrator.parked().isEmpty)
        let resumed = try await bench.orchestrator(script.definition(), owner: "second").resumePending()
        #expect(resumed == 1)
        #expect(script.calls == ["compensate a 1"])
        let outcome = try await orchestrator.run("s")
        #expect(outcome?.ending == .compensated)
        #expect(outcome?.reason == "no c")
        #expect(endings.withLock { $0 } == [.parked])
    }

    @Test("parks at once where a compensation is refused")
    func refusedCompensation() async throws {
        let script = SagaScript(["execute c": [.refuse], "compensate b": [.refuse]])
        let outcome = try await bench.run(script)
        #expect(outcome.ending == .parked)
        #expect(outcome.reason == "no b")
        #expect(script.calls.last == "compensate b 1")
    }

    @Test("compensates where the saga's time is over before the next step")
    func expires() async throws {
        let script = SagaScript()
        let orchestrator = try bench.orchestrator(script.definition(timeToLive: .seconds(60)))
        try await bench.start(orchestrator)
        bench.clock.advance(by: .seconds(59))
        script.answer("execute b", [.wait])
        let run = Task { try await orchestrator.run("s") }
        await script.arrived()
        bench.clock.advance(by: .seconds(1))
        script.goOn()
        let outcome = try await run.value
        #expect(outcome?.ending == .compensated)
        #expect(outcome?.reason == "the time of the saga is over")
        #expect(script.calls == ["execute a 1", "execute b 1", "compensate b 1", "compensate a 1"])
    }

    @Test("waits before a repetition, and for as long as the error asks")
    func waits() async throws {
        let script = SagaScript(["execute a": [.failFor(.seconds(2))]])
        let orchestrator = try bench.orchestrator(script.definition(["a"], backoff: .milliseconds(50)))
        try await bench.start(orchestrator)
        let run = Task { try await orchestrator.run("s") }
        // The other renews the claim.
        await bench.clock.sleepers(atLeast: 2)
        #expect(script.calls == ["execute a 1"])
        #expect(bench.clock.advanceToNextSleeper() == .milliseconds(2_025))
        #expect(try await run.value?.ending == .completed)
    }

    @Test("forgets what ended before its retention when another saga ends, and none that somebody waits for")
    func retention() async throws {
        let script = SagaScript(["execute b": [.succeed, .refuse], "compensate a": [.refuse]])
        let steps = ["a", "b"].map {
            SagaStep($0, execute: script.body("execute"), compensate: script.body("compensate"))
        }
        let definition = SagaDefinition(name: "trip", steps: steps, retention: .seconds(60))
        let orchestrator = try bench.orchestrator(definition)
        for id in ["done", "stuck", "left"] { try await bench.start(orchestrator, id) }
        #expect(try await orchestrator.run("done")?.ending == .completed)
        #expect(try await orchestrator.run("stuck")?.ending == .parked)

        bench.clock.advance(by: .seconds(60))
        try await bench.start(orchestrator, "first")
        _ = try await orchestrator.run("first")
        #expect(try await orchestrator.run("done")?.ending == .completed)
        bench.clock.advance(by: .nanoseconds(1))
        try await bench.start(orchestrator, "second")
        _ = try await orchestrator.run("second")
        await expect(.unknown) { _ = try await orchestrator.run("done") }
        #expect(try await orchestrator.run("first")?.ending == .completed)
        #expect(try await orchestrator.parked().map(\.id) == ["stuck"])
        #expect(try await orchestrator.run("left")?.ending == .completed)
    }

    // MARK: Mistakes

    @Test("says what is wrong with an id")
    func ids() async throws {
        let orchestrator = try bench.orchestrator(SagaScript().definition())
        try await bench.start(orchestrator)
        await expect(.conflict) { try await bench.start(orchestrator) }
        await expect(.unknown) { _ = try await orchestrator.run("t") }
        await expect(.unknown) { try await orchestrator.unpark("t") }
        await expect(.conflict) { try await orchestrator.unpark("s") }
    }

    @Test("refuses two steps of one name, which would share their keys")
    func equalNames() async throws {
        let orchestrator = try bench.orchestrator(SagaScript().definition(["a", "b", "a"]))
        await expect(.malformed) { try await bench.start(orchestrator) }
    }

    @Test("leaves a saga of another definition alone, and goes on with the others")
    func otherDefinition() async throws {
        let script = SagaScript()
        try await bench.start(bench.orchestrator(script.definition(["old"])), "s1")
        try await bench.start(bench.orchestrator(script.definition()), "s2")
        bench.clock.advance(by: .seconds(15))
        let second = try bench.orchestrator(script.definition(), owner: "second")
        #expect(try await second.resumePending() == 2)
        #expect(script.calls == ["execute a 1", "execute b 1", "execute c 1"])
        await expect(.malformed) { _ = try await second.run("s1") }
        #expect(try await bench.stored("s1").position == SagaMachine.Position())
    }

    private func expect(_ code: DurableError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: DurableError.self) { try await body() }
        #expect(error?.code == code)
    }
}
