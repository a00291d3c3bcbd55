import Clew
import ClewModel
import ClewTesting
import GRDB
import Testing
import Tracing

@testable import ClewDurablePatterns

@Suite("A projector")
struct ProjectorTests {
    private struct Broken: Error {}

    private let file: DatabaseFile
    private let database: DatabasePool
    private let clock = ManualClock()
    private let exporter = InMemoryExporter()
    private let telemetry: Telemetry

    init() throws {
        file = try DatabaseFile()
        database = try file.openSagas()
        telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        try database.write { try $0.execute(sql: "CREATE TABLE seen (number INTEGER)") }
    }

    private func projector(_ name: String = "sums") -> Projector {
        Projector(name: name, clock: clock.clock, telemetry: telemetry)
    }

    private func apply(_ position: Int64, of source: String = "t", by name: String = "sums") async throws -> Bool {
        try await projector(name).apply(source: source, position: position, eventTime: nil, in: database) { db in
            try db.execute(sql: "INSERT INTO seen VALUES (?)", arguments: [position])
        } != nil
    }

    private func seen() async throws -> [Int64] {
        try await database.read { try Int64.fetchAll($0, sql: "SELECT number FROM seen ORDER BY rowid") }
    }

    private func position(of source: String = "t") async throws -> Int64 {
        let projector = projector()
        return try await database.read { try projector.position(of: source, in: $0) }
    }

    @Test("applies each position once, and none that is not behind the last")
    func once() async throws {
        var applied: [Bool] = []
        for number in [1, 1, 2, 5, 3, 5, 6, 0, -1, .min] as [Int64] { applied.append(try await apply(number)) }
        #expect(applied == [true, false, true, true, false, false, true, false, false, false])
        #expect(try await seen() == [1, 2, 5, 6])
        #expect(try await position() == 6)
        #expect(try await position(of: "none") == 0)
    }

    @Test("keeps sources and read models apart")
    func apart() async throws {
        let applied = [
            try await apply(7), try await apply(7, of: "u"), try await apply(7, by: "other"), try await apply(7),
        ]
        #expect(applied == [true, true, true, false])
    }

    @Test("stays where it was when the read model cannot be changed")
    func fails() async throws {
        _ = try await apply(1)
        await #expect(throws: Broken.self) {
            try await projector().apply(source: "t", position: 2, eventTime: nil, in: database) { db in
                try db.execute(sql: "INSERT INTO seen VALUES (2)")
                throw Broken()
            }
        }
        #expect(try await position() == 1)
        #expect(try await seen() == [1])
        #expect(try await apply(2))
    }

    @Test("applies once what comes several times at once, on several connections")
    func atOnce() async throws {
        let other = try file.openSagas()
        let projector = projector()
        let applied = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                let database = number.isMultiple(of: 2) ? database : other
                group.addTask {
                    let result = try? await projector.apply(
                        source: "t", position: 1, eventTime: nil, in: database
                    ) { db in
                        try db.execute(sql: "INSERT INTO seen VALUES (1)")
                        return true
                    }
                    return result == true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 1)
        #expect(try await seen() == [1])
    }

    @Test("begins again after a reset, and only itself")
    func reset() async throws {
        _ = try await apply(3)
        _ = try await apply(3, by: "other")
        let projector = projector()
        try await database.write { try projector.reset(in: $0) }
        #expect(try await position() == 0)
        #expect(try await apply(1))
        #expect(try await !apply(3, by: "other"))
    }

    @Test("says on the span which read model is where, and in a gauge how late")
    func telemetryOfProjections() async throws {
        let happened = clock.clock.wall()
        clock.advance(by: .milliseconds(1_500))
        // The last one is a repetition, which says nothing of the lag.
        for (name, position, time) in [("new", 4, happened), ("late", 2, 0)] as [(String, Int64, UnixNanoseconds)] {
            let span = telemetry.tracer.startSpan(name)
            _ = try await projector().apply(
                source: "t", position: position, eventTime: time, in: database, span: span
            ) { _ in true }
            span.end()
        }
        await telemetry.flush()
        for name in ["new", "late"] {
            let span = try #require(exporter.spans(named: name).first)
            #expect(span.attributes[SemanticConventions.projectionName] == "sums")
            #expect(span.attributes[SemanticConventions.projectionPosition] == 4)
        }
        let lag = try #require(exporter.metric(SemanticConventions.projectionLag))
        #expect(lag.kind == .gauge)
        #expect(lag.value(where: [SemanticConventions.projectionName: "sums"]) == 1.5)
    }

    @Test("takes an event from the future as one of now")
    func future() async throws {
        let time = clock.clock.wall() + 5 * .nanosecondsPerSecond
        _ = try await projector().apply(source: "t", position: 1, eventTime: time, in: database) { _ in true }
        await telemetry.flush()
        #expect(exporter.metric(SemanticConventions.projectionLag)?.value() == 0)
    }
}
