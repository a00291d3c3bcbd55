import ClewModel
import ClewTesting
import ClewWire
import FoundationEssentials
import Testing
import Tracing

@testable import Clew

@Suite("Telemetry on disk while the collector is away", .timeLimit(.minutes(2)))
struct SpillTests {
    static let deadEnd = "http://127.0.0.1:1"

    func telemetry(
        _ endpoint: String, _ directory: String, limit: Int = 1 << 20, clock: TelemetryClock = .system,
        output: LogOutput = CapturedLines().output
    ) throws -> Telemetry {
        let configuration = BadDayExportTests.configuration(
            endpoint, ["CLEW_SPILL_DIRECTORY": directory, "CLEW_SPILL_LIMIT": String(limit)])
        #expect(configuration.warnings.isEmpty)
        return try Telemetry(configuration, clock: clock, output: output)
    }

    func makeSpans(_ telemetry: Telemetry, _ names: Range<Int>) {
        for index in names { telemetry.tracer.startSpan("span \(index)").end() }
    }

    /// What the process made and read is exported, dropped or on disk.
    func expectBalance(_ telemetry: Telemetry, made: Int) {
        let statistics = telemetry.statistics
        let begun = UInt64(made) + (statistics.recovered[.traces] ?? 0)
        let ended =
            (statistics.exported[.traces] ?? 0) + (statistics.spilled[.traces] ?? 0) + statistics.totalDropped
        #expect(begun == ended)
    }

    func files(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0 != "lock" }.sorted()
    }

    @Test("what one process could not send, the next one sends, oldest first")
    func nextProcess() async throws {
        try await withTemporaryDirectory { directory in
            let first = try telemetry(Self.deadEnd, directory + "/spill")
            makeSpans(first, 0..<700)
            #expect(await first.flush() == .notSent)
            makeSpans(first, 700..<900)
            await first.shutdown()
            // Some may have been tried and given back.
            expectBalance(first, made: 900)
            #expect(first.statistics.exported[.traces] == nil)
            #expect(first.statistics.totalDropped == 0)
            #expect(try files(directory + "/spill").count == 3)
            try await FakeCollector.run { collector in
                let second = try telemetry(collector.endpoint, directory + "/spill")
                makeSpans(second, 900..<901)
                await second.flush()
                await second.shutdown()
                #expect(collector.spans.map(\.name).filter { $0 != "span 900" } == (0..<900).map { "span \($0)" })
                #expect(collector.spans.count == 901)
                #expect(second.statistics.recovered[.traces] == 900)
                #expect(second.statistics.exported[.traces] == 901)
                #expect(try files(directory + "/spill").isEmpty)
                expectBalance(second, made: 1)
            }
        }
    }

    @Test("the same process sends it when the collector answers again")
    func sameProcess() async throws {
        try await withTemporaryDirectory { directory in
            try await FakeCollector.run(.answer(status: 503)) { collector in
                let clock = ManualClock()
                let telemetry = try telemetry(collector.endpoint, directory, clock: clock.clock)
                makeSpans(telemetry, 0..<5)
                #expect(await telemetry.flush() == .notSent)
                // Until the next attempt is due, nothing is tried, and nothing waits.
                makeSpans(telemetry, 5..<10)
                #expect(await telemetry.flush() == .notSent)
                #expect(telemetry.statistics.spilled[.traces] == 10)
                #expect(telemetry.statistics.totalDropped == 0)
                let attempts = collector.requests.count
                #expect(attempts <= 2)
                collector.behaviour = .accept
                clock.advance(by: .seconds(60))
                await telemetry.flush()
                let names = collector.requests.dropFirst(attempts).flatMap { (try? OTLP.decodeTraces($0.body)) ?? [] }
                #expect(names.map(\.name) == (0..<10).map { "span \($0)" })
                #expect(telemetry.statistics.exported[.traces] == 10)
                #expect(try files(directory).isEmpty)
                expectBalance(telemetry, made: 10)
                await telemetry.shutdown()
            }
        }
    }

    @Test("two processes that share a directory do not send the same file")
    func twoProcesses() async throws {
        try await withTemporaryDirectory { directory in
            let first = try telemetry(Self.deadEnd, directory)
            makeSpans(first, 0..<300)
            await first.shutdown()
            try await FakeCollector.run { collector in
                let one = try telemetry(collector.endpoint, directory)
                let other = try telemetry(collector.endpoint, directory)
                async let oneFlush = one.flush()
                async let otherFlush = other.flush()
                _ = await (oneFlush, otherFlush)
                await one.shutdown()
                await other.shutdown()
                #expect(collector.spans.count == 300)
                let recovered = [one, other].map { $0.statistics.recovered[.traces] ?? 0 }
                #expect(recovered.sorted() == [0, 300])
            }
        }
    }

    @Test("a file whose sender died is sent again")
    func orphaned() async throws {
        try await withTemporaryDirectory { directory in
            let first = try telemetry(Self.deadEnd, directory)
            makeSpans(first, 0..<3)
            await first.shutdown()
            let name = try #require(try files(directory).first)
            try FileManager.default.moveItem(
                atPath: "\(directory)/\(name)", toPath: "\(directory)/\(name).sending")
            try await FakeCollector.run { collector in
                let second = try telemetry(collector.endpoint, directory)
                await second.flush()
                await second.shutdown()
                #expect(collector.spans.count == 3)
            }
        }
    }

    @Test("files whose sender died are claimed once each, however many ask at the same moment")
    func orphanedAtOnce() async throws {
        try await withTemporaryDirectory { directory in
            let first = try SpillDirectory(directory, limit: 1 << 20, ExportStatistics())
            for time in 1...40 { await first.write([1], items: 1, .traces, time: UnixNanoseconds(time)) }
            for name in try files(directory) {
                try FileManager.default.moveItem(
                    atPath: "\(directory)/\(name)", toPath: "\(directory)/\(name).sending")
            }
            let statistics = ExportStatistics()
            let second = try SpillDirectory(directory, limit: 1 << 20, statistics)
            let claimed = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var count = 0
                        while await second.claim(.traces, time: 0) != nil { count += 1 }
                        return count
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(claimed == 40)
            #expect(statistics.snapshot.recovered[.traces] == 40)
        }
    }

    @Test("a file that cannot be moved holds up neither those after it nor the shutdown")
    func immovable() async throws {
        try await withTemporaryDirectory { directory in
            let first = try telemetry(Self.deadEnd, directory)
            makeSpans(first, 0..<3)
            await first.flush()
            makeSpans(first, 3..<7)
            await first.shutdown()
            let name = try #require(try files(directory).first)
            // Stands where the file would have to go.
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name).sending", withIntermediateDirectories: false)
            try await FakeCollector.run { collector in
                let second = try telemetry(collector.endpoint, directory)
                await second.flush()
                await second.shutdown()
                #expect(collector.spans.map(\.name) == (3..<7).map { "span \($0)" })
                #expect(try files(directory) == [name, name + ".sending"])
                expectBalance(second, made: 0)
            }
        }
    }

    @Test("what a process that died was writing is removed, and what another one writes is not")
    func partial() async throws {
        try await withTemporaryDirectory { directory in
            let clock = ManualClock()
            let now = clock.clock.wall()
            let names = [now - 3600 * UInt64.nanosecondsPerSecond, now].map { time in
                SpillFileName(time: time, signal: .traces, items: 1, bytes: 9).text + ".partial"
            }
            for name in names { try Data("?".utf8).write(to: URL(filePath: "\(directory)/\(name)")) }
            let telemetry = try telemetry(Self.deadEnd, directory, clock: clock.clock)
            await telemetry.shutdown()
            #expect(try files(directory) == [names[1]])
        }
    }

    @Test("a full disk keeps nothing of a file that it did not take whole")
    func fullDisk() async throws {
        try await withTemporaryDirectory { directory in
            let spill = try SpillDirectory(directory, limit: 1 << 20, ExportStatistics())
            let name = SpillFileName(time: 1, signal: .traces, items: 1, bytes: 3)
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/\(name.text).partial", withDestinationPath: "/dev/full")
            #expect(throws: (any Error).self) { try spill.store([1, 2, 3], as: name) }
            #expect(try files(directory).isEmpty)
        }
    }

    @Test("damaged files are set aside and counted, files of others are left alone")
    func damaged() async throws {
        try await withTemporaryDirectory { directory in
            let first = try telemetry(Self.deadEnd, directory)
            makeSpans(first, 0..<3)
            await first.flush()
            makeSpans(first, 3..<7)
            await first.shutdown()
            let name = try #require(try files(directory).first)
            let path = "\(directory)/\(name)"
            try Data(try Data(contentsOf: URL(filePath: path)).dropLast(9)).write(to: URL(filePath: path))
            let strangers = [
                "notes.txt", "1-2.traces.0.5.otlp.gz", "1-2.traces.x.5.otlp.gz", "x.otlp.gz", "1-2.spans.1.1.otlp.gz",
            ]
            for stranger in strangers { try Data("?".utf8).write(to: URL(filePath: "\(directory)/\(stranger)")) }
            try await FakeCollector.run { collector in
                let second = try telemetry(collector.endpoint, directory)
                await second.flush()
                await second.shutdown()
                #expect(collector.spans.map(\.name) == (3..<7).map { "span \($0)" })
                #expect(second.statistics.dropped(.traces, .spillCorrupt) == 3)
                #expect(Set(try files(directory)) == Set(strangers + [name + ".corrupt"]))
                expectBalance(second, made: 0)
            }
        }
    }

    @Test("past its limit the oldest files go, and are counted")
    func limit() async throws {
        try await withTemporaryDirectory { directory in
            let telemetry = try telemetry(Self.deadEnd, directory, limit: 4000)
            for index in 0..<40 {
                let span = telemetry.tracer.startSpan("span \(index)")
                // Random, so that it does not compress.
                span.attributes["padding"] = (0..<30).map { _ in String(UInt64.random(in: 0...UInt64.max)) }.joined()
                span.end()
                await telemetry.flush()
            }
            await telemetry.shutdown()
            let kept = try files(directory).compactMap(SpillFileName.init)
            #expect(!kept.isEmpty)
            #expect(kept.reduce(0) { $0 + $1.bytes } <= 4000)
            #expect(telemetry.statistics.dropped(.traces, .spillFull) == UInt64(40 - kept.count))
            expectBalance(telemetry, made: 40)
        }
    }

    @Test("a directory that cannot be used is said to be so, and harms nothing")
    func unusable() async throws {
        let lines = CapturedLines()
        let telemetry = try telemetry(Self.deadEnd, "/dev/null/spill", output: lines.output)
        makeSpans(telemetry, 0..<3)
        await telemetry.shutdown()
        #expect(lines.lines.contains { $0.contains("/dev/null/spill") })
        #expect(telemetry.statistics.dropped(.traces, .unreachable) == 3)
    }
}
