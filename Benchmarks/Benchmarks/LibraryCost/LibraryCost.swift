import Clew
import ClewModel
import Glibc
import Logging
import Metrics
import Tracing

/// What the library costs its caller, one operation at a time.
///
/// ```
/// LibraryCost                  CPU ns per operation: mean and least of 12 runs
/// LibraryCost OPERATION COUNT  that many of one operation, for a profiler or an allocation counter
/// LibraryCost throughput       10,000 spans a second for 15 seconds, as the specification's performance benchmark asks
/// LibraryCost multiplexed      1,600,000 log statements of 8 tasks through three handlers at once
/// ```
@main
enum LibraryCost {
    private static let runs = 12

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "throughput" { return try await Throughput.run(spansPerSecond: 10_000, seconds: 15) }
        if arguments.first == "multiplexed" { return try await Multiplexed.run() }
        let subject = try Subject()
        let operations = Operation.all(subject)
        if arguments.count == 2, let name = arguments.first, let count = arguments.last.flatMap({ Int($0) }) {
            guard let operation = operations.first(where: { $0.name == name }) else {
                print("one of: \(operations.map(\.name).joined(separator: ", "))")
                return
            }
            operation.run(count)
            return
        }
        for operation in operations {
            var results: [Double] = []
            for _ in 0..<runs { results.append(await operation.measure(subject)) }
            let mean = results.reduce(0, +) / Double(results.count)
            print(pad(operation.name, 28) + tenths(mean) + tenths(results.min() ?? 0))
        }
        await subject.shutdown()
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// With one decimal, in ten columns.
    static func tenths(_ value: Double) -> String {
        let text = String((value * 10).rounded() / 10)
        return String(repeating: " ", count: max(1, 10 - text.count)) + text
    }
}

/// Telemetries with room for everything that one run makes, and an exporter that takes it at once.
struct Subject {
    let sampled: Telemetry
    /// Makes lines of JSON, too.
    let writing: Telemetry
    let unsampled: Telemetry

    init() throws {
        var configuration = Telemetry.Configuration(service: "benchmark")
        // One operation many times over fills the queue faster than any worker empties it.
        configuration.spanQueue.capacity = 1_000_000
        configuration.spanQueue.maximumBytes = 1 << 32
        configuration.logQueue.capacity = 1_000_000
        configuration.logQueue.maximumBytes = 1 << 32
        writing = try Telemetry(configuration, exporter: Discarding(), output: LogOutput { _ in })
        configuration.logFormat = .none
        sampled = try Telemetry(configuration, exporter: Discarding(), output: LogOutput { _ in })
        configuration.sampler = .parentBased(root: .alwaysOff)
        unsampled = try Telemetry(configuration, exporter: Discarding(), output: LogOutput { _ in })
    }

    func drain() async {
        await sampled.flush()
        await writing.flush()
    }

    func shutdown() async {
        await sampled.shutdown()
        await writing.shutdown()
        await unsampled.shutdown()
    }
}

struct Discarding: TelemetryExporter {
    func export(_ batch: TelemetryBatch) async -> ExportOutcome { .accepted(rejected: 0) }
    func shutdown() async {}
}

struct Operation {
    var name: String
    var count: Int
    var run: (Int) -> Void

    /// What waits for export at most, so that memory is used again as in a service, whose worker keeps up.
    private static let burst = 1000

    /// Nanoseconds of the calling thread's CPU time per operation, which other work on the machine changes least.
    func measure(_ subject: Subject) async -> Double {
        var spent: UInt64 = 0
        for _ in 0..<(count / Self.burst) {
            let start = threadTime()
            run(Self.burst)
            spent += threadTime() - start
            await subject.drain()
        }
        return Double(spent) / Double(count)
    }

    private func threadTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func all(_ subject: Subject) -> [Operation] {
        let tracer = subject.sampled.tracer
        let unsampled = subject.unsampled.tracer
        let parent = tracer.startSpan("parent").context
        let unsampledParent = unsampled.startSpan("parent").context
        let factory = subject.sampled.metricsFactory
        let counter = Counter(label: "benchmark.counter", dimensions: [("kind", "held")], factory: factory)
        let timer = Metrics.Timer(label: "benchmark.timer", dimensions: [("kind", "held")], factory: factory)
        let logger = Logger(label: "benchmark", factory: subject.sampled.logHandlerFactory)
        let writer = Logger(label: "benchmark", factory: subject.writing.logHandlerFactory)
        return [
            Operation(name: "span", count: 100_000) { count in
                for index in 0..<count {
                    let span = tracer.startSpan("GET /orders/{id}", context: parent, ofKind: .server)
                    describe(span, index)
                    span.end()
                }
            },
            Operation(name: "span-own-setter", count: 100_000) { count in
                for index in 0..<count {
                    let span = tracer.startSpan("GET /orders/{id}", context: parent, ofKind: .server)
                    span.setAttribute("http.request.method", "GET")
                    span.setAttribute("http.route", "/orders/{id}")
                    span.setAttribute("http.response.status_code", index)
                    span.setAttribute("cache.hit", true)
                    span.end()
                }
            },
            Operation(name: "span-any-tracer", count: 100_000) { count in
                let tracer: any Tracer = tracer
                for index in 0..<count {
                    let span = tracer.startAnySpan("GET /orders/{id}", context: parent, ofKind: .server)
                    describe(span, index)
                    span.end()
                }
            },
            Operation(name: "span-root", count: 100_000) { count in
                for index in 0..<count {
                    let span = tracer.startSpan("GET /orders/{id}", context: .topLevel, ofKind: .server)
                    describe(span, index)
                    span.end()
                }
            },
            Operation(name: "span-unsampled", count: 500_000) { count in
                for _ in 0..<count {
                    let span = unsampled.startSpan("GET /orders/{id}", context: unsampledParent, ofKind: .server)
                    span.end()
                }
            },
            Operation(name: "span-unsampled-root", count: 500_000) { count in
                for _ in 0..<count {
                    let span = unsampled.startSpan("GET /orders/{id}", context: .topLevel, ofKind: .server)
                    span.end()
                }
            },
            Operation(name: "counter", count: 500_000) { count in
                for _ in 0..<count { counter.increment() }
            },
            Operation(name: "histogram", count: 500_000) { count in
                for index in 0..<count { timer.recordNanoseconds(Int64(index & 0xFFFF) * 1000) }
            },
            Operation(name: "histogram-looked-up", count: 200_000) { count in
                for index in 0..<count {
                    Metrics.Timer(
                        label: "benchmark.looked.up",
                        dimensions: [("http.request.method", "GET"), ("http.route", "/orders/{id}")], factory: factory
                    ).recordNanoseconds(Int64(index & 0xFFFF) * 1000)
                }
            },
            Operation(name: "log", count: 100_000) { count in
                for _ in 0..<count { logger.info("order placed") }
            },
            Operation(name: "log-metadata", count: 100_000) { count in
                for index in 0..<count {
                    logger.info("order placed", metadata: ["order": "o-17", "items": .stringConvertible(index)])
                }
            },
            Operation(name: "log-metadata-json", count: 100_000) { count in
                for index in 0..<count {
                    writer.info("order placed", metadata: ["order": "o-17", "items": .stringConvertible(index)])
                }
            },
        ]
    }

    @inline(__always)
    private static func describe(_ span: some Tracing.Span, _ index: Int) {
        span.attributes["http.request.method"] = "GET"
        span.attributes["http.route"] = "/orders/{id}"
        span.attributes["http.response.status_code"] = index
        span.attributes["cache.hit"] = true
    }

    @inline(__always)
    private static func describe(_ span: any Tracing.Span, _ index: Int) {
        span.attributes["http.request.method"] = "GET"
        span.attributes["http.route"] = "/orders/{id}"
        span.attributes["http.response.status_code"] = index
        span.attributes["cache.hit"] = true
    }
}
