import ClewModel
import ClewPipeline
import ClewStore

/// The daemon's own metrics.
struct SelfMetrics {
    private(set) var output = PrometheusText()

    mutating func write(_ counters: CollectorCounters.Snapshot) {
        counter("clew_requests_total", "Requests and datagrams received.", counters.requests)
        counter("clew_request_bytes_total", "Bytes of requests and datagrams as they came.", counters.bytes)
        counter(
            "clew_refused_requests_total", "Requests answered with an error and datagrams thrown away, by reason.",
            counters.refusedRequests)
        counter("clew_received_records_total", "Spans, log records and metric points decoded.", counters.received)
        counter("clew_stored_records_total", "Spans and log records that are durable.", counters.stored)
        counter("clew_refused_records_total", "Records refused, by reason.", counters.refused)
        counter("clew_dropped_records_total", "Records acknowledged and not kept, by reason.", counters.dropped)
        output.family(
            "clew_datagrams_lost_total", .counter, "Datagram numbers that were skipped; see clew_datagrams_late_total.")
        output.sample("clew_datagrams_lost_total", Double(counters.datagramsLost))
        output.family("clew_datagrams_late_total", .counter, "Datagrams that came after one with a higher number.")
        output.sample("clew_datagrams_late_total", Double(counters.datagramsLate))
        latency(counters.commitLatency)
    }

    mutating func write(_ status: StoreStatus, now: UnixNanoseconds) {
        gauge("clew_store_spans", "Spans stored.", Double(status.spans))
        gauge("clew_store_log_records", "Log records stored.", Double(status.logRecords))
        gauge("clew_store_blocks", "Blocks stored.", Double(status.blocks))
        gauge("clew_store_bytes", "Bytes on disk.", Double(status.bytesOnDisk))
        gauge("clew_store_damaged_blocks", "Blocks set aside because of a checksum.", Double(status.damagedBlocks))
        gauge(
            "clew_store_journal_records", "Records in the journal, not in a partition yet.",
            Double(status.journalRecords))
        total("clew_store_removed_days_total", "Days removed by retention and max-disk.", status.removedDays)
        total("clew_store_removed_records_total", "Records removed by retention and max-disk.", status.removedRecords)
        if let oldest = status.oldest {
            gauge("clew_store_oldest_timestamp_seconds", "Start of the oldest stored record.", Double(oldest) / 1e9)
        }
        if let newest = status.newest {
            gauge(
                "clew_lag_seconds", "Now minus the start of the newest stored span or log record.",
                (Double(now) - Double(newest)) / 1e9)
        }
    }

    mutating func write(uptime: Duration) {
        gauge("clew_uptime_seconds", "Seconds since the start.", uptime / .seconds(1))
        output.family("clew_build_info", .gauge, "Always 1; the version is a label.")
        output.sample("clew_build_info", [("version", CollectorVersion.current)], 1)
    }

    private mutating func counter(_ name: String, _ help: String, _ counts: [CollectorCounters.Series: Int]) {
        output.family(name, .counter, help)
        for (series, count) in counts.sorted(by: { $0.key < $1.key }) {
            var labels = [("signal", series.signal.rawValue), ("transport", series.transport.rawValue)]
            if let reason = series.reason { labels.append(("reason", reason.label)) }
            output.sample(name, labels, Double(count))
        }
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        output.family(name, .gauge, help)
        output.sample(name, value)
    }

    private mutating func total(_ name: String, _ help: String, _ value: Int) {
        output.family(name, .counter, help)
        output.sample(name, Double(value))
    }

    private mutating func latency(_ histogram: LatencyHistogram) {
        let name = "clew_commit_seconds"
        output.family(name, .histogram, "From handing a request to the store until it was durable.")
        var cumulative = 0
        for (index, count) in histogram.counts.enumerated() {
            cumulative += count
            let bound = index < LatencyHistogram.bounds.count ? String(LatencyHistogram.bounds[index]) : "+Inf"
            output.sample(name + "_bucket", [("le", bound)], Double(cumulative))
        }
        output.sample(name + "_sum", histogram.sum)
        output.sample(name + "_count", Double(histogram.count))
    }
}
