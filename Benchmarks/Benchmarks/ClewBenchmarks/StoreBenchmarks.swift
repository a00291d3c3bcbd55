import Benchmark
import ClewModel
import ClewStore
import ClewWire
import Foundation

/// The embedded store on a real directory: commits and flushes include their fsyncs.
///
/// The store that is read holds 65,536 spans in one block, flushed.
func storeBenchmarks() {
    let spans = Workload.spans(traces: 2048)
    let requests = stride(from: 0, to: spans.count, by: 512).map { OTLP.encode(Array(spans[$0..<($0 + 512)])) }

    Benchmark("store: commit a request of 512 spans") { benchmark in
        let directory = StoreDirectory()
        let store = try EmbeddedStore(directory: directory.path)
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            blackHole(try await store.append(.traces, requests[index % requests.count]))
        }
        benchmark.stopMeasurement()
        await store.close()
    }

    Benchmark("store: flush 65,536 spans: decode, intern, order by trace, seal, write") { benchmark in
        for _ in benchmark.scaledIterations {
            let directory = StoreDirectory()
            var options = EmbeddedStore.Options()
            options.segmentRows = .max
            let store = try EmbeddedStore(directory: directory.path, options: options)
            for index in 0..<128 { _ = try await store.append(.traces, requests[index % requests.count]) }
            benchmark.startMeasurement()
            await store.close()
            benchmark.stopMeasurement()
        }
    }

    let day = 0..<UnixNanoseconds.max
    let questions: [(name: String, query: SpanQuery)] = [
        ("a trace of 32 spans by id", SpanQuery(time: day, traceIDs: [spans[0].traceID], limit: .max)),
        (
            "service, operation and least duration, 20 results",
            SpanQuery(
                time: day, service: "service-0", operation: "GET /products/{id}", minimumDuration: 300_000_000,
                limit: 20)
        ),
        (
            "an absent value of an attribute",
            SpanQuery(time: day, attributes: [AttributeCondition("user.id", .equal, "no")])
        ),
    ]
    for (name, query) in questions {
        Benchmark("store: search for \(name)") { benchmark in
            let directory = StoreDirectory()
            let store = try EmbeddedStore(directory: directory.path)
            for index in 0..<128 { _ = try await store.append(.traces, requests[index % requests.count]) }
            await store.close()
            let reopened = try EmbeddedStore(directory: directory.path)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(try await reopened.spans(query)) }
            benchmark.stopMeasurement()
            await reopened.close()
        }
    }
}

/// A directory that lives as long as one benchmark.
private final class StoreDirectory {
    let path = FileManager.default.temporaryDirectory.appending(path: "clew-bench-\(UUID().uuidString)").path

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
