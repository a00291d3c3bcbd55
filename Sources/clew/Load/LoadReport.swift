import ClewAnalysis
import ClewDashboards
import ClewModel

/// What a load run measured.
struct LoadReport: Codable, Hashable, Sendable {
    /// Acknowledged; over UDP those that were sent.
    var spans: Int
    var requests: Int
    /// From the start to the last acknowledgement.
    var seconds: Double
    var spansPerSecond: Double
    /// Encoded size, before any compression and as it was sent.
    var requestBytesPerSpan: Double
    var sentBytesPerSpan: Double
    var retries: Int
    /// Requests that were sent and never acknowledged, as at an end before the time.
    var unacknowledgedRequests: Int
    /// Spans that the collector answered it did not take.
    var rejectedSpans: Int
    /// Nanoseconds from sending a request to its acknowledgement, retries included; at a fixed rate from the moment it was
    /// due. Within 4.5 %, but for the maximum, which is exact. Absent where nothing was acknowledged.
    var latencyP50: UInt64?
    var latencyP99: UInt64?
    var latencyMax: UInt64?
    /// Of this process while it was sending.
    var generatorCPUSecondsPerMillion: Double
    /// Requests that were compressed before the clock started.
    var preparedRequests: Int?
    /// Of the collector, up to the last acknowledgement; with `--pid`.
    var cpuSecondsPerMillion: Double?
    var peakResidentBytes: Int?
    /// On disk at the last acknowledgement; with `--data`.
    var bytesPerSpan: Double?
    /// Once it was idle, and how long after the last acknowledgement that was; absent where it did not become idle.
    var idleAfterSeconds: Double?
    var cpuSecondsPerMillionIdle: Double?
    var bytesPerSpanIdle: Double?
    /// With `--transport udp`, where the collector could be asked.
    var reception: Reception?
    var verification: VerificationReport?

    init(_ outcome: LoadRun.Outcome) {
        spans = outcome.totals.spans
        requests = outcome.totals.requests
        seconds = outcome.seconds
        let count = Double(max(1, spans))
        spansPerSecond = outcome.seconds > 0 ? Double(spans) / outcome.seconds : 0
        requestBytesPerSpan = Double(outcome.result.bytes) / count
        sentBytesPerSpan = Double(outcome.result.wireBytes) / count
        retries = outcome.totals.retries
        unacknowledgedRequests = outcome.result.unacknowledged.count
        rejectedSpans = outcome.result.rejected
        if !outcome.result.latencies.isEmpty {
            let quantiles = outcome.result.latencies.quantiles(maximum: outcome.result.longest)
            (latencyP50, latencyP99, latencyMax) = (quantiles.p50, quantiles.p99, quantiles.max)
        }
        generatorCPUSecondsPerMillion = outcome.generatorCPUSeconds / count * 1e6
    }

    /// A quantity per million of the run's spans.
    func perMillion(_ value: Double) -> Double { value / Double(max(1, spans)) * 1e6 }

    // MARK: text, at most 80 columns

    func text(_ options: LoadCommand) -> String {
        var lines = [
            "\(NumberText.grouped(spans)) spans in \(NumberText.grouped(requests)) requests, "
                + "\(NumberText.fixed(seconds, 2)) s"
        ]
        lines += options.transport == .udp ? [Self.row("sent", "\(rate), \(size)")] : acknowledged(options)
        lines += generator
        lines += collector
        if options.transport == .udp { lines += received }
        if let verification { lines += Self.lines(verification) }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func row(_ name: String, _ text: String) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(text)"
    }

    private var rate: String { "\(NumberText.grouped(Int(spansPerSecond))) spans/s" }

    private var size: String {
        let encoded = "\(NumberText.fixed(requestBytesPerSpan, 0)) B a span"
        guard preparedRequests != nil else { return encoded }
        return encoded + " (\(NumberText.fixed(sentBytesPerSpan, 0)) gzipped)"
    }

    private func acknowledged(_ options: LoadCommand) -> [String] {
        var lines = [
            Self.row("acknowledged", "\(rate), \(size), \(NumberText.counted(retries, "retry", plural: "retries"))")
        ]
        if let latencyP50, let latencyP99, let latencyMax {
            let quantiles = Self.quantiles(latencyP50, latencyP99, latencyMax)
            lines.append(Self.row("latency", "\(quantiles) since \(options.rate == nil ? "sent" : "due")"))
        }
        if unacknowledgedRequests > 0 {
            lines.append(Self.row("", "\(NumberText.counted(unacknowledgedRequests, "request")) not acknowledged"))
        }
        if rejectedSpans > 0 {
            lines.append(Self.row("", "\(NumberText.counted(rejectedSpans, "span")) rejected by the collector"))
        }
        return lines
    }

    private var generator: [String] {
        var lines = [
            Self.row("generator", "\(NumberText.fixed(generatorCPUSecondsPerMillion, 2)) CPU s per million spans")
        ]
        if let preparedRequests, preparedRequests < requests {
            let prepared = NumberText.grouped(preparedRequests)
            lines.append(Self.row("", "\(prepared) requests compressed beforehand, the rest while sending"))
        }
        return lines
    }

    private var collector: [String] {
        var lines: [String] = []
        if let cpuSecondsPerMillion, let peakResidentBytes {
            let idle = cpuSecondsPerMillionIdle.map { ", \(NumberText.fixed($0, 2)) when idle" } ?? ""
            lines = [
                Self.row("collector", "\(NumberText.fixed(cpuSecondsPerMillion, 2)) CPU s per million spans\(idle)"),
                Self.row("", "peak RSS \(peakResidentBytes >> 20) MB"),
            ]
        }
        if let bytesPerSpan {
            let idle = bytesPerSpanIdle.map { ", \(NumberText.fixed($0, 1)) when idle" } ?? ""
            lines.append(Self.row("disk", "\(NumberText.fixed(bytesPerSpan, 1)) B a span\(idle)"))
        }
        if let idleAfterSeconds {
            lines.append(Self.row("", "idle \(NumberText.fixed(idleAfterSeconds, 1)) s after the last request"))
        }
        return lines
    }

    private var received: [String] {
        guard let reception else { return [Self.row("received", "not known: the collector's API does not answer")] }
        let spans = [
            "\(NumberText.grouped(reception.received)) spans", "\(NumberText.grouped(reception.stored)) stored",
            "\(NumberText.grouped(reception.dropped)) dropped",
        ]
        let datagrams = [
            "\(NumberText.grouped(reception.datagrams)) came",
            "\(NumberText.grouped(reception.lostDatagrams)) lost on the way",
            "\(NumberText.grouped(reception.refusedDatagrams)) refused",
        ]
        return [
            Self.row("received", spans.joined(separator: ", ")),
            Self.row("datagrams", datagrams.joined(separator: ", ")),
        ]
    }

    private static func lines(_ verification: VerificationReport) -> [String] {
        let state = verification.failure == nil ? "all there" : "not all there"
        var lines = [
            row(
                "verified",
                "\(NumberText.grouped(verification.traces)) traces, "
                    + "\(NumberText.grouped(verification.spans)) spans: \(state)")
        ]
        if verification.repeatedSpans > 0 {
            lines.append(row("", "\(NumberText.counted(verification.repeatedSpans, "span")) stored more than once"))
        }
        lines += verification.problems.map { row("", "\($0.trace): \($0.found) of \($0.expected) spans") }
        let quantiles = quantiles(verification.lookupP50, verification.lookupP99, verification.lookupMax)
        lines.append(row("lookup", "\(quantiles); \(NumberText.counted(verification.connections, "connection"))"))
        return lines
    }

    private static func quantiles(_ p50: UInt64, _ p99: UInt64, _ maximum: UInt64) -> String {
        "p50 \(DurationText.format(p50)), p99 \(DurationText.format(p99)), max \(DurationText.format(maximum))"
    }
}
