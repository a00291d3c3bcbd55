import ClewAnalysis
import ClewModel
import ClewWire
import Foundation
import Testing

@testable import clew_cli

@Suite("Both sides of clew diff")
struct DiffSearchTests {
    private static let second = UInt64.nanosecondsPerSecond
    private static let start = 1_767_225_600 * second

    /// A request of one service that asks its database, at some second.
    private func request(
        _ number: UInt64, at second: UInt64, query: UInt64, version: String, route: String = "GET /orders"
    ) -> [Span] {
        let milli: UInt64 = 1_000_000
        let start = Self.start + second * Self.second
        let resource = Resource(attributes: [
            Attribute(SemanticConventions.serviceName, "orders"),
            Attribute(SemanticConventions.serviceVersion, .string(version)),
        ])
        let id = TraceID(high: 0, low: number)
        let root = Span(
            traceID: id, spanID: SpanID(1), name: route, kind: .server, start: start,
            end: start + (query + 4) * milli, resource: resource)
        let select = Span(
            traceID: id, spanID: SpanID(2), parentSpanID: SpanID(1), name: "SELECT", kind: .client,
            start: start + 2 * milli, end: start + (query + 2) * milli,
            attributes: [Attribute(SemanticConventions.dbSystemName, "sqlite")], resource: resource)
        return [root, select]
    }

    /// Ten requests of the old version, then ten of the new one, which asks for longer.
    private var spans: [Span] {
        (0..<20 as Range<UInt64>).flatMap { number in
            request(
                number + 1, at: number, query: number < 10 ? 10 : 30, version: number < 10 ? "1.0.0" : "1.1.0")
        }
    }

    private func file(_ spans: [Span]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
        try Data(OTLPJSON.fromProtobuf(OTLP.encode(spans), .traces)).write(to: file)
        return file.path
    }

    /// The answer of a file with these spans.
    private func run(
        _ spans: [Span], _ subject: DiffSubject, time: Range<UInt64> = 0..<UInt64.max, route: String? = nil
    ) async throws -> DiffSearch.Result {
        let path = try file(spans)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await DiffSearch(source: try FileSource(path: path), time: time, route: route).run(subject)
    }

    @Test("two versions, two times and two traces give the same change, in the database")
    func subjects() async throws {
        let middle = Self.start + 10 * Self.second
        let subjects: [(DiffSubject, Range<UInt64>)] = [
            (.values(of: "service.version", before: "1.0.0", now: "1.1.0"), 0..<UInt64.max),
            (.times(baseline: "0s"), middle..<(middle + 10 * Self.second)),
            (.traces(before: TraceID(high: 0, low: 1), now: TraceID(high: 0, low: 20)), 0..<UInt64.max),
        ]
        for (subject, time) in subjects {
            let result = try await run(spans, subject, time: time)
            let diff = try #require(result.routes.diffs.first, "\(subject)")
            #expect(diff.change == 20e6 && diff.before.meanDuration == 14e6, "\(subject)")
            #expect(diff.largestChanges.map(\.hop.operation) == ["SELECT"])
            #expect(result.notes.isEmpty)
        }
    }

    @Test("two files are compared route by route, or by one that is named")
    func files() async throws {
        let (before, now) = (try file(Array(spans.prefix(20))), try file(Array(spans.suffix(20))))
        let more = request(99, at: 3, query: 1, version: "1.1.0", route: "GET /new")
        let third = try file(Array(spans.suffix(20)) + more)
        defer { for path in [before, now, third] { try? FileManager.default.removeItem(atPath: path) } }
        let result = try await run(spans, .files(before: before, now: now))
        #expect(result.routes.diffs.map(\.change) == [20e6])
        #expect((result.before, result.now) == (before, now))
        let added = try await run(spans, .files(before: before, now: third))
        #expect(added.routes.onlyNow.map(\.operation) == ["GET /new"])
        let named = try await run(spans, .files(before: before, now: third), route: "GET /orders")
        #expect(named.routes.onlyNow.isEmpty && named.routes.diffs.count == 1)
    }

    @Test("a value that is not there gets a hint at those that are")
    func hint() async throws {
        let result = try await run(spans, .values(of: "service.version", before: "1.0.0", now: "2.0"))
        #expect(result.routes.diffs.isEmpty)
        #expect(result.hint == "of service.version there are 1.0.0, 1.1.0")
        let none = try await run(spans, .times(baseline: "0s"), time: 1000..<1100)
        #expect(none.routes.diffs.isEmpty && none.hint == nil)
    }

    @Test("traces of two routes, and one without its root, are compared with a word of warning")
    func oddTraces() async throws {
        var spans = request(1, at: 0, query: 10, version: "1") + request(2, at: 1, query: 10, version: "1", route: "B")
        spans.removeFirst()
        let subject = DiffSubject.traces(before: TraceID(high: 0, low: 1), now: TraceID(high: 0, low: 2))
        let notes = try await run(spans, subject).notes
        #expect(notes.count == 2)
        #expect(notes.contains { $0.contains("two routes: SELECT and B") })
        #expect(notes.contains { $0.contains("root of the first trace is missing") })
        do {
            _ = try await run(Array(spans.suffix(2)), subject)
            Issue.record("a trace that is not stored was compared")
        } catch let failure as Failure {
            #expect(failure.code == .nothingFound)
        }
    }
}
