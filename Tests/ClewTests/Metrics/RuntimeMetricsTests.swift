import ClewModel
import ClewTesting
import Testing

@testable import Clew

@Suite("Runtime metrics")
struct RuntimeMetricsTests {
    @Test("the process's own numbers are read from what Linux writes, also with a strange name")
    func parsing() throws {
        let stat =
            "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 12 0 1000 4096000 25 18446744073709551615"
        let status = try #require(
            ProcessStatus(stat: stat, uptime: "60.00 100.00\n", ticksPerSecond: 100, pageSize: 4096))
        #expect(status.userSeconds == 2.5)
        #expect(status.systemSeconds == 0.5)
        #expect(status.threads == 12)
        #expect(status.uptimeSeconds == 50)
        #expect(status.virtualBytes == 4_096_000)
        #expect(status.residentBytes == 102_400)
        for broken in ["", "7 (a", "7 (a) S", "7 (a) S x x x x x x x x x x x x x x x x x x x x x x"] {
            #expect(ProcessStatus(stat: broken, uptime: "60.00 1", ticksPerSecond: 100, pageSize: 4096) == nil)
        }
    }

    @Test("they are off by default; switched on, the process and the delays of loops and tasks are exported")
    func exported() async throws {
        #expect(await (try MetricTest()).exported().isEmpty)
        let clock = ManualClock()
        let test = try MetricTest(clock: clock.clock) { $0.runtimeMetrics = true }
        let running = Task { try await test.telemetry.run() }
        func collected() async -> [String: Metric] {
            Dictionary(await test.telemetry.metrics.collect(for: .cumulative).map { ($0.name, $0) }) { $1 }
        }
        // The delays come from other threads: time goes on until all have been heard of.
        var metrics: [String: Metric] = [:]
        while metrics["swift.event_loop.delay"] == nil || metrics["swift.task.delay"] == nil {
            try Task.checkCancellation()
            clock.advance(by: .milliseconds(500))
            await Task.yield()
            metrics = await collected()
        }
        #expect(metrics["swift.event_loop.delay"]?.unit == "s")
        #if os(Linux)
            #expect(metrics["process.cpu.time"]?.numbers.count == 2)
            for name in [
                "process.memory.usage", "process.memory.virtual", "process.thread.count",
                "process.open_file_descriptor.count", "process.uptime",
            ] {
                let value = try #require(metrics[name]?.values.first, "\(name)")
                switch value {
                case .int(let value): #expect(value > 0, "\(name)")
                case .double(let value): #expect(value > 0, "\(name)")
                case .none: Issue.record("\(name) has no value")
                }
            }
        #endif
        running.cancel()
        try await running.value
    }
}
