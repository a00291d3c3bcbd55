import Clew
import ClewModel
import ClewTesting
import CoreMetrics
import GRDB
import Testing
import Tracing

@testable import ClewDurablePatterns

private struct Broken: Error {}

@Suite("An inbox")
struct InboxTests {
    private let clock = ManualClock()
    private let file: DatabaseFile
    private let inbox = Inbox()
    private let database: DatabasePool

    init() throws {
        let file = try DatabaseFile()
        let inbox = inbox
        self.file = file
        database = try file.open { migrator in
            inbox.migrate(&migrator)
            migrator.registerMigration("effects") { try $0.execute(sql: "CREATE TABLE effects (id TEXT NOT NULL)") }
        }
    }

    private func process(
        _ id: String, by consumer: String = "stock", in database: DatabasePool? = nil, span: (any Tracing.Span)? = nil
    ) async throws -> String? {
        try await inbox.process(id, by: consumer, in: database ?? self.database, span: span, clock: clock.clock) { db in
            try db.execute(sql: "INSERT INTO effects (id) VALUES (?)", arguments: [id])
            return "effect of \(id)"
        }
    }

    private func effects() async throws -> [String] {
        try await database.read { try String.fetchAll($0, sql: "SELECT id FROM effects ORDER BY id") }
    }

    @Test("processes a message once for each consumer")
    func once() async throws {
        #expect(try await process("m1") == "effect of m1")
        #expect(try await process("m1") == nil)
        #expect(try await process("m1", by: "mail") == "effect of m1")
        #expect(try await process("m2") == "effect of m2")
        #expect(try await effects() == ["m1", "m1", "m2"])
    }

    @Test("a body that throws leaves neither effect nor record, so that the next delivery is processed")
    func throwing() async throws {
        await #expect(throws: Broken.self) {
            try await inbox.process("m1", by: "stock", in: database) { db in
                try db.execute(sql: "INSERT INTO effects (id) VALUES ('half')")
                throw Broken()
            }
        }
        #expect(try await effects().isEmpty)
        #expect(try await process("m1") != nil)
        #expect(try await effects() == ["m1"])
    }

    @Test("one message on two connections at once has its effect once")
    func concurrent() async throws {
        let others = try file.open { _ in }
        let results = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<16 {
                let database = number % 2 == 0 ? database : others
                group.addTask { try await self.process("m1", in: database) }
            }
            var results: [String?] = []
            for try await result in group { results.append(result) }
            return results
        }
        #expect(results.compactMap { $0 } == ["effect of m1"])
        #expect(results.count == 16)
        #expect(try await effects() == ["m1"])
    }

    @Test("forgets what is older than asked, and no more")
    func forgets() async throws {
        _ = try await process("old")
        clock.advance(by: .seconds(60))
        let time = clock.clock.wall()
        _ = try await process("new")
        let inbox = inbox
        #expect(try await database.write { try inbox.forget(before: time, in: $0) } == 1)
        #expect(try await database.write { try inbox.forget(before: .max, in: $0) } == 1)
        #expect(try await process("old") != nil)
    }

    @Test("forgets by itself what is older than 30 days, a few with each new message, and nothing before")
    func retention() async throws {
        for number in 0..<6 { _ = try await process("old\(number)") }
        clock.advance(by: .seconds(30 * 86_400))
        _ = try await process("new1")
        #expect(try await known() == 7)
        clock.advance(by: .nanoseconds(1))
        _ = try await process("new1")
        #expect(try await known() == 7)
        _ = try await process("new2")
        #expect(try await known() == 4)
        _ = try await process("new3")
        #expect(try await known() == 3)
        #expect(try await process("new1") == nil)
        #expect(try await process("old0") != nil)
    }

    private func known() async throws -> Int? {
        try await database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM inbox") }
    }

    @Test(
        "an id that is none, or cannot be kept as it is, is refused",
        arguments: ["", String(repeating: "m", count: 256), "m\0", "m\0n"])
    func malformed(id: String) async throws {
        let error = await #expect(throws: DurableError.self) { try await process(id) }
        #expect(error?.code == .malformed)
        #expect(try await effects().isEmpty)
    }

    @Test("the span says what became of the message, and duplicates are counted")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "inventory"), exporter: exporter)
        try await withMetricsFactory(telemetry.metricsFactory) {
            for name in ["first", "second", "third"] {
                try await telemetry.tracer.withSpan(name, context: .topLevel) { _ = try await process("m1", span: $0) }
            }
        }
        await telemetry.flush()
        let outcomes = ["first", "second", "third"].map { name in
            exporter.spans.first { $0.name == name }?.attributes[SemanticConventions.inboxOutcome]
        }
        #expect(outcomes == ["processed", "duplicate", "duplicate"])
        let counter = exporter.metrics.last { $0.name == SemanticConventions.inboxDuplicates }
        guard case .sum(let points, _, _) = counter?.data else {
            Issue.record("no counter of duplicates")
            return
        }
        #expect(points.map(\.value) == [.int(2)])
        #expect(points.first?.context.attributes[SemanticConventions.patternName] == "stock")
    }
}
