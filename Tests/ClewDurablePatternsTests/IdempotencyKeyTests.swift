import Clew
import ClewModel
import ClewTesting
import GRDB
import Testing
import Tracing

@testable import ClewDurablePatterns

private struct Broken: Error {}

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    private typealias Answer = IdempotencyKeys.Answer

    private let clock = ManualClock()
    private let file: DatabaseFile
    private let keys: IdempotencyKeys
    private let database: DatabasePool

    init() throws {
        let file = try DatabaseFile()
        let keys = IdempotencyKeys(clock: clock.clock)
        self.file = file
        self.keys = keys
        database = try file.open { migrator in
            keys.migrate(&migrator)
            migrator.registerMigration("charges") { db in
                try db.execute(sql: "CREATE TABLE charges (id INTEGER PRIMARY KEY)")
            }
        }
    }

    /// Charges, and answers with the number of charges.
    private func charge(
        _ key: String = "k", scope: String = "charges", fingerprint: String = "10 EUR",
        in database: DatabasePool? = nil, span: (any Tracing.Span)? = nil
    ) async throws -> IdempotencyKeys.Outcome {
        try await keys.run(
            key, scope: scope, fingerprint: fingerprint, in: database ?? self.database, span: span
        ) { db in
            try db.execute(sql: "INSERT INTO charges DEFAULT VALUES")
            return Answer(status: 201, body: "charge \(db.lastInsertedRowID)")
        }
    }

    private func begin(_ fingerprint: String = "10 EUR") async throws -> IdempotencyKeys.Claim {
        try await keys.begin("k", scope: "charges", fingerprint: fingerprint, in: database)
    }

    private func token(_ fingerprint: String = "10 EUR") async throws -> IdempotencyKeys.Token {
        guard case .new(let token) = try await begin(fingerprint) else { throw Broken() }
        return token
    }

    private func complete(_ token: IdempotencyKeys.Token, _ answer: IdempotencyKeys.Answer) async throws {
        let keys = keys
        try await database.write { try keys.complete(token, answer, in: $0) }
    }

    private func charges() async throws -> Int? {
        try await database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM charges") }
    }

    @Test("the same request again gets the stored answer, and is not done again")
    func replays() async throws {
        let first = Answer(status: 201, body: "charge 1")
        #expect(try await charge() == .executed(first))
        #expect(try await charge() == .replayed(first))
        #expect(try await charge().answer == first)
        #expect(try await charges() == 1)
    }

    @Test("another key, and the same in another scope, is another request")
    func scopes() async throws {
        for (key, scope) in [("k", "charges"), ("l", "charges"), ("k", "refunds")] {
            guard case .executed = try await charge(key, scope: scope) else {
                Issue.record("\(key) in \(scope) was replayed")
                continue
            }
        }
        #expect(try await charges() == 3)
    }

    @Test("a key that comes with another request is a conflict, before and after the answer")
    func conflict() async throws {
        let token = try await token()
        let during = await #expect(throws: DurableError.self) { try await charge(fingerprint: "99 EUR") }
        #expect(during?.code == .conflict)
        try await complete(token, Answer(status: 201, body: ""))
        let after = await #expect(throws: DurableError.self) { try await charge(fingerprint: "99 EUR") }
        #expect(after?.code == .conflict)
        #expect(try await charges() == 0)
    }

    @Test("a body that throws leaves nothing: the key is as if it had not been used")
    func throwing() async throws {
        await #expect(throws: Broken.self) {
            try await keys.run("k", scope: "charges", fingerprint: "10 EUR", in: database) { db in
                try db.execute(sql: "INSERT INTO charges DEFAULT VALUES")
                throw Broken()
            }
        }
        #expect(try await charges() == 0)
        guard case .executed = try await charge(fingerprint: "99 EUR") else {
            Issue.record("the key was used")
            return
        }
    }

    @Test("one request on two connections at once is done once, and each gets its answer")
    func concurrent() async throws {
        let others = try file.open { _ in }
        let outcomes = try await withThrowingTaskGroup(of: IdempotencyKeys.Outcome.self) { group in
            for number in 0..<16 {
                let database = number % 2 == 0 ? database : others
                group.addTask { try await self.charge(in: database) }
            }
            var outcomes: [IdempotencyKeys.Outcome] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        let answer = Answer(status: 201, body: "charge 1")
        #expect(outcomes.filter { $0 == .executed(answer) }.count == 1)
        #expect(outcomes.filter { $0 == .replayed(answer) }.count == 15)
        #expect(try await charges() == 1)
    }

    @Test("what is begun is in progress for others, until it is completed")
    func inProgress() async throws {
        let token = try await token()
        clock.advance(by: .seconds(10))
        let error = await #expect(throws: DurableError.self) { try await begin() }
        #expect(error?.code == .inProgress)
        #expect(error?.retryAfter == .seconds(20))
        let answer = Answer(status: 202, body: "accepted")
        try await complete(token, answer)
        #expect(try await begin() == .replay(answer))
        #expect(try await charge() == .replayed(answer))
    }

    @Test("what was begun and never completed is taken over after the lease, and whoever is late cannot complete it")
    func takeover() async throws {
        let late = try await token()
        clock.advance(by: .seconds(30))
        let conflict = await #expect(throws: DurableError.self) { try await begin("99 EUR") }
        #expect(conflict?.code == .conflict)
        let next = try await token()
        let answer = Answer(status: 201, body: "next")
        let lost = await #expect(throws: DurableError.self) { try await complete(late, answer) }
        #expect(lost?.code == .lostClaim)
        let keys = keys
        try await database.write { try keys.abandon(late, in: $0) }
        try await complete(next, answer)
        #expect(try await begin() == .replay(answer))
        let twice = await #expect(throws: DurableError.self) { try await complete(next, answer) }
        #expect(twice?.code == .lostClaim)
    }

    @Test("what is abandoned can be begun again, with another request too")
    func abandoned() async throws {
        let keys = keys
        let token = try await token()
        try await database.write { try keys.abandon(token, in: $0) }
        _ = try await self.token("99 EUR")
    }

    @Test("a key is forgotten when its time is over, and not before")
    func expiry() async throws {
        _ = try await charge()
        let keys = keys
        clock.advance(by: .seconds(86_399))
        #expect(try await charge() == .replayed(Answer(status: 201, body: "charge 1")))
        #expect(try await database.write { try keys.forgetExpired(in: $0) } == 0)
        clock.advance(by: .seconds(1))
        #expect(try await charge(fingerprint: "99 EUR") == .executed(Answer(status: 201, body: "charge 2")))
        clock.advance(by: .seconds(86_400))
        #expect(try await database.write { try keys.forgetExpired(in: $0) } == 1)
    }

    @Test("a new key deletes a few whose time is over, and none before")
    func forgetsByItself() async throws {
        for number in 0..<6 { _ = try await charge("old\(number)") }
        clock.advance(by: .seconds(86_399))
        _ = try await charge("k1")
        #expect(try await known() == 7)
        clock.advance(by: .seconds(1))
        _ = try await charge("k1")
        #expect(try await known() == 7)
        _ = try await charge("k2")
        #expect(try await known() == 4)
        _ = try await charge("k3")
        #expect(try await known() == 3)
        #expect(try await charge("k1").answer.body == "charge 7")
    }

    private func known() async throws -> Int? {
        try await database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM idempotency") }
    }

    @Test(
        "a key that is none is refused",
        arguments: ["", " ", "a b", "schlüssel", "k\n", "\u{7F}", String(repeating: "k", count: 256)])
    func malformed(key: String) async throws {
        for scope in ["run", "begin"] {
            let error = await #expect(throws: DurableError.self) {
                if scope == "run" {
                    _ = try await charge(key)
                } else {
                    _ = try await keys.begin(key, scope: scope, fingerprint: "", in: database)
                }
            }
            #expect(error?.code == .malformed)
        }
        #expect(try await charges() == 0)
        _ = try await charge(String(repeating: "k", count: 255))
    }

    @Test("the span has the key and what became of the request")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "payments"), exporter: exporter)
        func request(_ name: String, _ body: (any Tracing.Span) async throws -> Void) async {
            _ = try? await telemetry.tracer.withSpan(name, context: .topLevel) { try await body($0) }
        }
        await request("first") { _ = try await charge(span: $0) }
        await request("second") { _ = try await charge(span: $0) }
        await request("third") { _ = try await charge(fingerprint: "99 EUR", span: $0) }
        _ = try await keys.begin("busy", scope: "charges", fingerprint: "10 EUR", in: database)
        await request("fourth") { _ = try await charge("busy", span: $0) }
        await telemetry.flush()

        let spans = ["first", "second", "third", "fourth"].map { name in exporter.spans.first { $0.name == name } }
        let outcomes = spans.map { $0?.attributes[SemanticConventions.idempotencyOutcome] }
        #expect(outcomes == ["executed", "replayed", "conflict", "in_progress"])
        let sent = spans.map { $0?.attributes[SemanticConventions.idempotencyKey] }
        #expect(sent == ["k", "k", "k", "busy"])
    }
}
