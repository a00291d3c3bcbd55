import ClewModel

/// What a load run measured.
struct LoadReport: Codable {
    var spans: Int
    var requests: Int
    var seconds: Double
    var spansPerSecond: Double
    /// Encoded size, before any compression.
    var requestBytesPerSpan: Double
    var retries: Int
    /// Nanoseconds from sending a request to its acknowledgement, retries included.
    var latencyP50: UInt64
    var latencyP99: UInt64
    var latencyMax: UInt64
    /// Of the collector, up to the last acknowledgement; with `--pid`.
    var cpuSecondsPerMillion: Double?
    var peakResidentBytes: Int?
    /// On disk at the last acknowledgement; with `--data`.
    var bytesPerSpan: Double?

    init(spans: Int, requests: Int, seconds: Double, bytes: Int, retries: Int, latencies: [UInt64]) {
        self.spans = spans
        self.requests = requests
        self.seconds = seconds
        self.retries = retries
        spansPerSecond = Double(spans) / seconds
        requestBytesPerSpan = Double(bytes) / Double(spans)
        let sorted = latencies.sorted()
        func quantile(_ share: Double) -> UInt64 {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
        (latencyP50, latencyP99, latencyMax) = (quantile(0.5), quantile(0.99), sorted.last ?? 0)
    }

    var text: String {
        var lines = [
            "\(spans) spans in \(requests) requests, \(Self.rounded(seconds, 2)) s: \(Int(spansPerSecond)) spans/s acknowledged",
            "\(Self.rounded(requestBytesPerSpan, 0)) B a span as sent, \(retries) retries",
            "request latency p50 \(DurationText.format(latencyP50)), p99 \(DurationText.format(latencyP99)), "
                + "max \(DurationText.format(latencyMax))",
        ]
        if let cpuSecondsPerMillion, let peakResidentBytes {
            lines.append(
                "collector: \(Self.rounded(cpuSecondsPerMillion, 2)) CPU s per million spans, peak RSS \(peakResidentBytes >> 20) MB"
            )
        }
        if let bytesPerSpan { lines.append("disk: \(Self.rounded(bytesPerSpan, 1)) B a span") }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func rounded(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let result = (value * scale).rounded() / scale
        return digits == 0 ? String(Int(result)) : String(result)
    }
}
