import ClewAnalysis
import ClewModel
import ClewWire
import Foundation
import Testing

@testable import clew_cli

@Suite("A trace's baseline from a file")
struct FileBaselineTests {
    private static let hour: UInt64 = 3600 * .nanosecondsPerSecond

    /// Traces of one span each, an hour apart, the first of them an hour after the epoch.
    private func source(_ names: [String]) throws -> FileSource {
        let spans = names.enumerated().map { index, name in
            let number = UInt64(index) + 1
            return Span(
                traceID: id(number), spanID: SpanID(number), name: name, kind: .server, start: number * Self.hour,
                end: number * Self.hour + 1000)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(OTLPJSON.fromProtobuf(OTLP.encode(spans), .traces)).write(to: file)
        return try FileSource(path: file.path)
    }

    private func id(_ number: UInt64) -> TraceID { TraceID(high: 0, low: number) }

    @Test("it is of all other traces; with a window, of those that began within it")
    func window() throws {
        let source = try source(Array(repeating: "GET /", count: 30))
        let whole = source.baseline(of: id(5), window: nil)
        #expect(whole.traceCount == 29)
        #expect(whole.from == Self.hour && whole.to == 30 * Self.hour)
        let before = source.baseline(of: id(5), window: 2 * Self.hour)
        #expect(before.traceCount == 2)
        #expect(before.from == 3 * Self.hour && before.to == 4 * Self.hour)
        #expect(source.baseline(of: id(5), window: .max).traceCount == 4)
    }

    @Test("a trace that is alone, or not there, is compared with none")
    func alone() throws {
        let source = try source(["GET /"])
        #expect(source.baseline(of: id(1), window: nil).traceCount == 0)
        #expect(source.baseline(of: id(9), window: nil).operations.isEmpty)
    }

    @Test("other routes are looked at only where its own has too few traces")
    func routes() throws {
        let common = try source(Array(repeating: "GET /", count: 21) + ["GET /other"])
        #expect(common.baseline(of: id(1), window: nil).traceCount == 20)
        let rare = try source(Array(repeating: "GET /", count: 20) + ["GET /other"])
        #expect(rare.baseline(of: id(1), window: nil).traceCount == 20)
        #expect(rare.baseline(of: id(1), window: nil).route?.count == 19)
    }
}
