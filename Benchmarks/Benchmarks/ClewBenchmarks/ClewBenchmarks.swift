import Benchmark
import ClewAnalysis
import ClewModel
import ClewWire

/// One request of 512 spans is the unit of the codec benchmarks; one trace of 32 spans that of the analysis.
let benchmarks: @Sendable () -> Void = {
    // Instructions are shown where the machine counts them, and are then the figure to compare.
    Benchmark.defaultConfiguration = .init(metrics: [.instructions, .wallClock, .throughput], maxDuration: .seconds(2))

    storeBenchmarks()

    let spans = Workload.spans(traces: 16)
    let request = OTLP.encode(spans)

    Benchmark("decode 512 spans: protobuf into the model") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try OTLP.decodeTraces(request)) }
    }

    Benchmark("decode 512 spans: protobuf into a sink") { benchmark in
        for _ in benchmark.scaledIterations {
            var sink = CountingSink()
            try OTLP.decodeTraces(request, into: &sink)
            blackHole(sink.spans)
        }
    }

    Benchmark("encode 512 spans: protobuf") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(OTLP.encode(spans)) }
    }

    let json = (try? OTLPJSON.fromProtobuf(request, .traces)) ?? []
    Benchmark("transcode 512 spans: JSON to protobuf") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try OTLPJSON.toProtobuf(json, .traces)) }
    }

    Benchmark("transcode 512 spans: protobuf to JSON") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try OTLPJSON.fromProtobuf(request, .traces)) }
    }

    let zipped = (try? Gzip.compress(request)) ?? []
    Benchmark("gunzip 512 spans") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try Gzip.decompress(zipped, limit: 1 << 24)) }
    }

    let page = Array(request.prefix(Workload.pageSize))
    Benchmark("deflate a page of 4 KB") { benchmark in
        var deflater = try Deflater()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try deflater.compress(page)) }
    }

    let deflated = (try? Zlib.compress(page)) ?? []
    Benchmark("inflate a page of 4 KB") { benchmark in
        let inflater = try Inflater()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try inflater.decompress(deflated, size: page.count)) }
    }

    let summaries = spans.prefix(Workload.spansPerTrace).map { SpanSummary($0) }
    Benchmark("assemble a trace of 32 spans") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(Trace(spans: summaries)) }
    }

    let trace = Trace(spans: summaries)
    Benchmark("critical path of a trace of 32 spans") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(CriticalPath(of: trace)) }
    }
}

/// Takes spans as the store does and keeps nothing, so that only the decoding is measured.
struct CountingSink: SpanSink {
    var spans = 0
    var attributeBytes = 0

    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func attribute(key: RawSpan, value: RawSpan) { attributeBytes += key.byteCount + value.byteCount }
    mutating func event(_ message: RawSpan) {}
    mutating func link(_ message: RawSpan) {}
    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) { spans += 1 }
    mutating func reject(_ reason: RejectionReason) {}
}
