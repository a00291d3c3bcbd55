import Clew
import Dispatch
import Glibc
import Tracing

/// A steady rate of spans to whatever collector the environment names, and what that costs the process.
///
/// Source: OpenTelemetry specification, "Performance Benchmark of OpenTelemetry API": a fixed rate, CPU and memory.
enum Throughput {
    static func run(spansPerSecond: Int, seconds: Int) async throws {
        let telemetry = try Telemetry(service: "benchmark")
        let service = Task { try await telemetry.run() }
        let before = usage()
        let start = DispatchTime.now().uptimeNanoseconds
        let ticks = 100
        for tick in 0..<(seconds * ticks) {
            for index in 0..<(spansPerSecond / ticks) {
                let span = telemetry.tracer.startSpan("GET /orders/{id}", context: .topLevel, ofKind: .server)
                span.attributes["http.request.method"] = "GET"
                span.attributes["http.route"] = "/orders/{id}"
                span.attributes["http.response.status_code"] = index
                span.attributes["cache.hit"] = true
                span.end()
            }
            let next = start + UInt64(tick + 1) * 1_000_000_000 / UInt64(ticks)
            let now = DispatchTime.now().uptimeNanoseconds
            if next > now { try await Task.sleep(nanoseconds: next - now) }
        }
        let wall = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        let cpu = usage().cpu - before.cpu
        service.cancel()
        _ = await service.result
        print("spans \(spansPerSecond * seconds) in \(wall) s")
        print("CPU \(cpu) s, \(cpu / wall * 100) % of a core")
        print("peak RSS \(usage().peak / 1024) MB")
        print("exported \(telemetry.statistics.exported), dropped \(telemetry.statistics.dropped)")
    }

    private static func usage() -> (cpu: Double, peak: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss)
    }
}
