import ClewModel
import Synchronization

/// The queues and workers of all signals, from a finished item to the exporter.
final class ExportPipeline: Sendable {
    let statistics: ExportStatistics
    private let exporter: any TelemetryExporter
    private let clock: TelemetryClock
    private let spill: SpillDirectory?
    private let spans: Lane<EndedSpan>
    private let logs: Lane<LogEntry>
    private let metricWorker: ExportWorker?
    private let reporter = Mutex<Task<Void, Never>?>(nil)

    /// A queue with the worker that empties it; none where the signal is not exported.
    private struct Lane<Item: QueuedItem>: Sendable {
        let signal: Signal
        let queue: BatchQueue<Item>
        let worker: ExportWorker?
        let statistics: ExportStatistics

        func enqueue(_ item: Item) {
            guard let worker else { return }
            switch queue.append(item) {
            case .queued: break
            case .batchReady: worker.wake()
            case .full: statistics.refused(signal, .queueFull)
            case .tooLarge: statistics.refused(signal, .tooLarge)
            case .closed: statistics.refused(signal, .shutdown)
            }
        }

        func abandon() {
            queue.close()
            worker?.cancel()
            var drain = queue.drain()
            while drain.next() != nil {}
        }

        var load: ExportMetrics.Queue { .init(signal: signal, size: queue.count, capacity: queue.capacity) }
    }

    /// - Parameters:
    ///   - signals: Those that are exported; items of others are let go, and not counted as dropped.
    ///   - spill: Where batches wait while the collector is away.
    ///   - metrics: Gathers the metrics of this moment, with those of the queues where they are wanted.
    init(
        _ configuration: Telemetry.Configuration, signals: Set<Signal>, exporter: any TelemetryExporter,
        statistics: ExportStatistics = ExportStatistics(), spill: SpillDirectory? = nil, clock: TelemetryClock,
        metrics: @escaping @Sendable ([ExportMetrics.Queue]) async -> [Metric]
    ) {
        self.exporter = exporter
        self.statistics = statistics
        self.spill = spill
        self.clock = clock
        func makeWorker(
            _ signal: Signal, _ batches: @escaping @Sendable () async -> AnyIterator<TelemetryBatch>
        ) -> ExportWorker? {
            guard signals.contains(signal) else { return nil }
            return ExportWorker(
                .init(signal, configuration), exporter: exporter, statistics: statistics, spill: spill, clock: clock,
                batches: batches)
        }
        func makeLane<Item: QueuedItem>(
            _ signal: Signal, _ limits: QueueLimits, _ batch: @escaping @Sendable ([Item.Exported]) -> TelemetryBatch
        ) -> Lane<Item> {
            let queue = BatchQueue<Item>(limits)
            let worker = makeWorker(signal) { [activity = statistics.activity] in
                var drain = queue.drain()
                return AnyIterator {
                    guard let items = drain.next() else { return nil }
                    activity.handedOver(signal, items.count)
                    return batch(items.map { $0.exported() })
                }
            }
            return Lane(signal: signal, queue: queue, worker: worker, statistics: statistics)
        }
        let spans: Lane<EndedSpan> = makeLane(.traces, configuration.spanQueue, TelemetryBatch.spans)
        let logs: Lane<LogEntry> = makeLane(.logs, configuration.logQueue, TelemetryBatch.logs)
        self.spans = spans
        self.logs = logs
        metricWorker = makeWorker(.metrics) { [activity = statistics.activity] in
            let start = clock.monotonic()
            let collected = await metrics([spans.load, logs.load])
            activity.collected(nanoseconds: clock.monotonic() &- start)
            return AnyIterator((collected.isEmpty ? [] : [TelemetryBatch.metrics(collected)]).makeIterator())
        }
    }

    func enqueue(_ span: EndedSpan) { spans.enqueue(span) }

    func enqueue(_ record: LogEntry) {
        statistics.activity.logCreated()
        logs.enqueue(record)
    }

    /// Begins sending, and reporting once a minute what was dropped.
    func start(report: @escaping @Sendable (String) -> Void) {
        workers.forEach { $0.start() }
        reporter.withLock { task in
            guard task == nil else { return }
            task = Task.detached { [clock, statistics] in
                var last = ExportStatistics.Snapshot()
                while !Task.isCancelled {
                    try? await clock.sleep(.seconds(60))
                    let (now, sentences) = statistics.report(since: last)
                    sentences.forEach(report)
                    last = now
                }
            }
        }
    }

    func flush(within limit: Duration) async -> FlushResult {
        await withTaskGroup(of: FlushResult.self) { group in
            for worker in workers { group.addTask { await worker.flush(within: limit) } }
            return await group.reduce(.sent) { $0.worse($1) }
        }
    }

    /// Sends what is queued, at the latest until `limit`; counts what is left as dropped.
    func shutdown(within limit: Duration) async {
        let end = clock.monotonic() &+ UInt64(clamping: limit.nanoseconds)
        spans.queue.close()
        logs.queue.close()
        await withDiscardingTaskGroup { group in
            for worker in workers { group.addTask { await worker.shutdown(within: limit) } }
        }
        spill?.close()
        // Ended, the reporter gives its last summary.
        let task = reporter.withLock { $0 }
        task?.cancel()
        await task?.value
        await closeExporter(by: end)
    }

    /// Releases connections. One that is still being made ends by itself: nobody waits for it past the limit.
    private func closeExporter(by end: UInt64) async {
        let (waits, wait) = AsyncStream<Never>.makeStream()
        let closing = Task { [exporter] in await exporter.shutdown() }
        Task {
            await closing.value
            wait.finish()
        }
        let timer = Task { [clock] in
            try await clock.sleep(.nanoseconds(Int64(clamping: end - min(end, clock.monotonic()))))
            wait.finish()
        }
        for await _ in waits {}
        timer.cancel()
    }

    /// How full the queues are.
    var queues: [ExportMetrics.Queue] { [spans.load, logs.load] }

    func wake() { workers.forEach { $0.wake() } }

    /// Ends at once, without sending. Spans that wait hold what they were made with, which holds this: they go, too.
    func abandon() {
        spans.abandon()
        logs.abandon()
        metricWorker?.cancel()
        reporter.withLock { $0 }?.cancel()
        spill?.close()
    }

    private var workers: [ExportWorker] { [spans.worker, logs.worker, metricWorker].compactMap(\.self) }
}

extension FlushResult {
    func worse(_ other: FlushResult) -> FlushResult {
        if self == .timedOut || other == .timedOut { return .timedOut }
        return self == .sent ? other : self
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
