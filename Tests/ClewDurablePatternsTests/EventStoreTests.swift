import Clew
import ClewModel
import ClewTesting
import GRDB
import Testing
import Tracing

@testable import ClewDurablePatterns

/// As ``Tally``, after its properties and its events changed.
private struct NewTally: EventSourced, Equatable {
    enum Event: Codable, Equatable, Sendable {
        case added(amount: Int)
        case cleared
    }

    static let streamType = Tally.streamType
    static let snapshotSchema = 2
    static let eventSchema = 2

    var total = 0

    mutating func apply(_ event: Event) {
        switch event {
        case .added(let amount): total += amount
        case .cleared: total = 0
        }
    }

    static func event(from json: String, type: String, schemaVersion: Int) throws -> Event {
        guard schemaVersion == 1 else { return try StoredJSON.value(from: json, of: "an event") }
        switch try Tally.event(from: json, type: type, schemaVersion: 1) {
        case .added(let number): return .added(amount: number)
        case .cleared: return .cleared
        }
    }
}

/// Its events are no enumeration.
private struct Diary: EventSourced {
    struct Entry: Codable, Sendable { var text: String }

    static let streamType = "diary"
    static let snapshotSchema = 1
    var entries = 0
    mutating func apply(_ event: Entry) { entries += 1 }
}

@Suite("An event store")
struct EventStoreTests {
    private let file: DatabaseFile
    private let database: DatabasePool
    private let clock = ManualClock()
    private let exporter = InMemoryExporter()
    private let telemetry: Telemetry

    init() throws {
        file = try DatabaseFile()
        database = try file.openSagas()
        telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
    }

    private func store(every: Int = 50) -> EventStore<Tally> {
        EventStore(snapshotEvery: every, clock: clock.clock, telemetry: telemetry)
    }

    @discardableResult
    private func append(
        _ events: [Tally.Event], to stream: String = "t", expecting version: Int, every: Int = 50
    ) async throws -> Int {
        let store = store(every: every)
        return try await database.write { try store.append(events, to: stream, expectedVersion: version, in: $0) }
    }

    private func load(_ stream: String = "t") async throws -> (aggregate: Tally, version: Int) {
        let store = store()
        return try await database.read { try store.load(stream, in: $0) }
    }

    private func expect(_ code: DurableError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: DurableError.self) { try await body() }
        #expect(error?.code == code)
    }

    @Test("makes of a stream what its events made of it, and nothing of none")
    func replays() async throws {
        #expect(try await append([.added(3), .added(4)], expecting: 0) == 2)
        #expect(try await append([.cleared, .added(5)], expecting: 2) == 4)
        #expect(try await append([.added(9)], to: "u", expecting: 0) == 1)
        #expect(try await append([], expecting: 4) == 4)
        let (tally, version) = try await load()
        #expect(tally == Tally(sum: 5, count: 4))
        #expect(version == 4)
        let none = try await load("none")
        #expect(none.aggregate == Tally())
        #expect(none.version == 0)
    }

    @Test("refuses what was decided on another version, and writes nothing of it", arguments: [0, 1, 3, -1, .max])
    func conflict(version: Int) async throws {
        try await append([.added(1), .added(2)], expecting: 0)
        await expect(.conflict) { try await append([.added(3)], expecting: version) }
        #expect(try await load().version == 2)
    }

    @Test("lets one of two who decided on the same version append")
    func race() async throws {
        let other = try file.openSagas()
        let store = store()
        let appended = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                let database = number.isMultiple(of: 2) ? database : other
                group.addTask {
                    let version = try? await database.write { db in
                        try store.append([.added(number)], to: "t", expectedVersion: 0, in: db)
                    }
                    return version != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(appended == 1)
        #expect(try await load().version == 1)
    }

    @Test("takes events back with the transaction")
    func rollback() async throws {
        struct Undone: Error {}
        let store = store()
        await #expect(throws: Undone.self) {
            try await database.write { db in
                try store.append([.added(1)], to: "t", expectedVersion: 0, in: db)
                throw Undone()
            }
        }
        #expect(try await load().version == 0)
    }

    @Test("numbers the events of all streams, and gives those behind a position, of its own kind")
    func positions() async throws {
        try await append([.added(1), .cleared], expecting: 0)
        let diary = EventStore<Diary>(clock: clock.clock)
        try await database.write { db in
            _ = try diary.append([Diary.Entry(text: "rain")], to: "t", expectedVersion: 0, in: db)
        }
        clock.advance(by: .seconds(1))
        try await append([.added(2)], to: "u", expecting: 0)
        let (store, time) = (store(), clock.clock.wall())
        let events = try await database.read { try store.events(after: 0, limit: 10, in: $0) }
        #expect(events.map(\.position) == [1, 2, 4])
        #expect(events.map(\.stream) == ["t", "t", "u"])
        #expect(events.map(\.version) == [1, 2, 1])
        #expect(events.map(\.type) == ["added", "cleared", "added"])
        #expect(events.map(\.event) == [.added(1), .cleared, .added(2)])
        #expect(events.map(\.schemaVersion) == [1, 1, 1])
        #expect(events.map(\.time) == [time - .nanosecondsPerSecond, time - .nanosecondsPerSecond, time])
        let rest = try await database.read { try store.events(after: 1, limit: 1, in: $0) }
        #expect(rest.map(\.position) == [2])
        #expect(try await database.read { try store.events(after: 4, limit: 10, in: $0) }.isEmpty)
        #expect(try await database.read { try store.events(after: 0, limit: -1, in: $0) }.isEmpty)
        let entries = try await database.read { try diary.events(after: 0, limit: 10, in: $0) }
        #expect(entries.map(\.type) == ["Entry"])
    }

    @Test("keeps the context that an event was appended in")
    func context() async throws {
        var request = ServiceContext.topLevel
        request.correlationID = "order-7"
        try await withTracer(telemetry.tracer) {
            try await telemetry.tracer.withSpan("request", context: request) { span in
                try await append([.added(1)], expecting: 0)
                let store = store()
                let events = try await database.read { try store.events(after: 0, limit: 1, in: $0) }
                #expect(events.map(\.correlationID) == ["order-7"])
                let spanID = span.context.spanContext?.spanID
                #expect(spanID != nil)
                #expect(events.map(\.context.context.spanContext?.spanID) == [spanID])
            }
        }
    }

    // MARK: Snapshots

    @Test("begins with the last snapshot, whatever the sizes of the appends", arguments: [1, 2, 3, 7])
    func snapshots(size: Int) async throws {
        var version = 0
        while version < 21 {
            let events = (0..<size).map { _ in Tally.Event.added(1) }
            version = try await append(events, expecting: version, every: 5)
        }
        let (tally, loaded) = try await load()
        #expect(tally == Tally(sum: version, count: version))
        #expect(loaded == version)
        await telemetry.flush()
        let span = try #require(exporter.spans(named: "replay tally").last)
        let snapshot = try await database.read { try Int.fetchOne($0, sql: "SELECT version FROM clew_snapshot") }
        let expected = try #require(snapshot)
        // The first append that reached a multiple of five wrote it.
        #expect(expected > version - 5 - size && expected <= version)
        #expect(span.attributes[SemanticConventions.eventStoreSnapshotVersion] == .int(Int64(expected)))
        #expect(span.attributes[SemanticConventions.eventStoreEvents] == .int(Int64(version - expected)))
        #expect(span.kind == .internal)
    }

    @Test("writes none where it is not to", arguments: [0, -1, .min, 100])
    func noSnapshot(every: Int) async throws {
        try await append((0..<60).map { .added($0) }, expecting: 0, every: every)
        #expect(try await database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM clew_snapshot") } == 0)
        _ = try await load()
        await telemetry.flush()
        let span = try #require(exporter.spans(named: "replay tally").last)
        #expect(span.attributes[SemanticConventions.eventStoreSnapshotVersion] == nil)
        #expect(span.attributes[SemanticConventions.eventStoreEvents] == 60)
    }

    @Test("reads all events again where the snapshot is of another schema or damaged")
    func uselessSnapshot() async throws {
        try await append([.added(1), .added(2), .added(3)], expecting: 0, every: 2)
        let new = EventStore<NewTally>(snapshotEvery: 2, telemetry: telemetry)
        let total = try await database.read { try new.load("t", in: $0).aggregate.total }
        #expect(total == 6)
        try await database.write { try $0.execute(sql: "UPDATE clew_snapshot SET payload = '{'") }
        #expect(try await load().aggregate == Tally(sum: 6, count: 3))
    }

    // MARK: Changes and damage

    @Test("reads events of an earlier schema as its aggregate says")
    func schemas() async throws {
        try await append([.added(1)], expecting: 0)
        let new = EventStore<NewTally>(telemetry: telemetry)
        try await database.write { db in
            _ = try new.append([.added(amount: 2)], to: "t", expectedVersion: 1, in: db)
        }
        let events = try await database.read { try new.events(after: 0, limit: 10, in: $0) }
        #expect(events.map(\.schemaVersion) == [1, 2])
        #expect(events.map(\.event) == [.added(amount: 1), .added(amount: 2)])
    }

    @Test("says which event cannot be read, and which is missing")
    func damage() async throws {
        try await append([.added(1), .added(2), .added(3)], expecting: 0)
        try await database.write { try $0.execute(sql: "UPDATE clew_event SET payload = '{}' WHERE version = 3") }
        await expect(.malformed) { _ = try await load() }
        let store = store()
        await expect(.malformed) { _ = try await database.read { try store.events(after: 0, limit: 9, in: $0) } }
        try await database.write { try $0.execute(sql: "DELETE FROM clew_event WHERE version = 2") }
        let error = await #expect(throws: DurableError.self) { _ = try await load() }
        #expect(error?.message.contains("lacks version 2") == true)
        await telemetry.flush()
        #expect(exporter.spans(named: "replay tally").allSatisfy { $0.status.code == .error })
    }
}
