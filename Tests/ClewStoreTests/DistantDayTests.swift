import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import Testing

@Suite("days that are far from now")
struct DistantDayTests {
    private let directory: TemporaryDirectory
    private static let day: UInt64 = 86_400 * .nanosecondsPerSecond
    private static let now: UInt64 = 20_000 * day

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ maximum: Int) throws -> EmbeddedStore {
        var options = EmbeddedStore.Options()
        options.maximumDistantDays = maximum
        options.now = { Self.now }
        return try EmbeddedStore(directory: directory("data"), options: options)
    }

    private func span(_ start: UInt64) -> Span {
        Span(traceID: TraceID(high: 1, low: start + 1), spanID: SpanID(1), name: "a", start: start, end: start)
    }

    @Test("only so many get a file, the rest is refused with a reason, and near days always get one")
    func bound() async throws {
        let distant = (0..<3000).map { span($0 * Self.day) }
        let near = (0..<20).map { span(Self.now - $0 * Self.day) }
        for round in 0..<2 {
            let store = try open(5)
            let result = try await store.append(.traces, OTLP.encode(distant + near))
            #expect(result.stored == 5 + 20)
            #expect(result.rejected == [RejectionReason.tooManyDays.rawValue: 2995])
            #expect(try await store.spans(SpanQuery(limit: .max)).count == (round + 1) * 25)
            await store.close()
        }
        #expect(try directory.partitions(of: "data").count == 25)
    }

    @Test("log records are bound likewise")
    func logs() async throws {
        let store = try open(1)
        let records = (0..<10).map { LogRecord(time: $0 * Self.day + 1, observedTime: Self.now) }
        let result = try await store.append(.logs, OTLP.encode(records))
        #expect(result.stored == 1)
        #expect(result.rejectedCount == 9)
        await store.close()
    }
}
