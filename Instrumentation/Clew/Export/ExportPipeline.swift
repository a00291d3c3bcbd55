import ClewModel
import Synchronization

/// The queues and workers of all signals, from a finished item to the exporter.
final class ExportPipeline: Sendable {
    let statistics = ExportStatistics()
    private let exporter: any TelemetryExporter
    private let clock: TelemetryClock
    private let spans: BatchQueue<EndedSpan>
    private let logs: BatchQueue<LogEntry>
    private let workers: [Signal: ExportWorker]
    private let reporter = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - signals: Those that are exported; items of others are let go, and not counted as dropped.
    ///   - metrics: Gathers the metrics of this moment.
    init(
        _ configuration: Telemetry.Configuration, signals: Set<Signal>, exporter: any TelemetryExporter,
        clock: TelemetryClock, metrics: @escaping @Sendable () async -> [Metric]
    ) {
        self.exporter = exporter
        self.clock = clock
        let spans = BatchQueue<EndedSpan>(configuration.spanQueue)
        let logs = BatchQueue<LogEntry>(configuration.logQueue)
        self.spans = spans
        self.logs = logs
        var workers: [Signal: ExportWorker] = [:]
        for signal in signals {
            workers[signal] = ExportWorker(
                .init(signal, configuration), exporter: exporter, statistics: statistics, clock: clock
            ) {
                switch signal {
                case .traces: Self.drain(spans, TelemetryBatch.spans)
                case .logs: Self.drain(logs, TelemetryBatch.logs)
                case .metrics: Self.once(await metrics())
                }
            }
        }
        self.workers = workers
    }

    func enqueue(_ span: EndedSpan) { enqueue(span, in: spans, .traces) }

    func enqueue(_ entry: LogEntry) { enqueue(entry, in: logs, .logs) }

    /// Begins sending, and reporting once a minute what was dropped.
    func start(report: @escaping @Sendable (String) -> Void) {
        workers.values.forEach { $0.start() }
        reporter.withLock { task in
            guard task == nil else { return }
            task = Task.detached { [clock, statistics] in
                var last = ExportStatistics.Snapshot()
                while !Task.isCancelled {
                    try? await clock.sleep(.seconds(60))
                    let now = statistics.snapshot
                    if let summary = now.summary(since: last) { report(summary) }
                    last = now
                }
            }
        }
    }

    func flush(within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            for worker in workers.values { group.addTask { await worker.flush(within: limit) } }
        }
    }

    /// Sends what is queued, at the latest until `limit`; counts what is left as dropped.
    func shutdown(within limit: Duration) async {
        spans.close()
        logs.close()
        await withDiscardingTaskGroup { group in
            for worker in workers.values { group.addTask { await worker.shutdown(within: limit) } }
        }
        // Ended, the reporter gives its last summary.
        let task = reporter.withLock { $0 }
        task?.cancel()
        await task?.value
        await exporter.shutdown()
    }

    func wake() { workers.values.forEach { $0.wake() } }

    private func enqueue<Item: QueuedItem>(_ item: Item, in queue: BatchQueue<Item>, _ signal: Signal) {
        guard let worker = workers[signal] else { return }
        switch queue.append(item) {
        case .queued: break
        case .batchReady: worker.wake()
        case .full: statistics.dropped(signal, .queueFull)
        case .tooLarge: statistics.dropped(signal, .tooLarge)
        case .closed: statistics.dropped(signal, .shutdown)
        }
    }

    private static func drain<Item: QueuedItem>(
        _ queue: BatchQueue<Item>, _ batch: @escaping ([Item.Exported]) -> TelemetryBatch
    ) -> AnyIterator<TelemetryBatch> {
        AnyIterator {
            let items = queue.take()
            return items.isEmpty ? nil : batch(items.map { $0.exported() })
        }
    }

    private static func once(_ metrics: [Metric]) -> AnyIterator<TelemetryBatch> {
        AnyIterator((metrics.isEmpty ? [] : [TelemetryBatch.metrics(metrics)]).makeIterator())
    }
}

extension ExportWorker.Settings {
    fileprivate init(_ signal: Signal, _ configuration: Telemetry.Configuration) {
        switch signal {
        case .traces:
            self.init(signal: signal, interval: configuration.spanQueue.delay, timeout: configuration.spanQueue.timeout)
        case .logs:
            self.init(signal: signal, interval: configuration.logQueue.delay, timeout: configuration.logQueue.timeout)
        case .metrics:
            self.init(signal: signal, interval: configuration.metricInterval, timeout: configuration.metricTimeout)
        }
    }
}
