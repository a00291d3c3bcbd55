import ClewModel
import Synchronization

/// Sends the batches of one signal, one at a time, in one task.
///
/// The task is not a child of any other: cancelling the service must not lose what is queued, so only ``shutdown`` ends
/// it. Producers never wait for it.
final class ExportWorker: Sendable {
    struct Settings: Sendable {
        var signal: Signal
        /// Between two drains.
        var interval: Duration
        /// For one batch with its retries.
        var timeout: Duration
    }

    private struct State {
        var task: Task<Void, Never>?
        var isStopping = false
        /// Asked for since the last drain began.
        var askedFlushes: [AsyncStream<Never>.Continuation] = []
        /// Waiting for the drain that is under way.
        var activeFlushes: [AsyncStream<Never>.Continuation] = []

        mutating func beginDrain() {
            activeFlushes += askedFlushes
            askedFlushes = []
        }

        /// The flushes that are done with the drain under way.
        mutating func endDrain() -> [AsyncStream<Never>.Continuation] {
            defer { activeFlushes = [] }
            return activeFlushes
        }
    }

    private let settings: Settings
    private let exporter: any TelemetryExporter
    private let statistics: ExportStatistics
    private let clock: TelemetryClock
    /// The batches that wait now; asked once a drain.
    private let batches: @Sendable () async -> AnyIterator<TelemetryBatch>
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init(
        _ settings: Settings, exporter: any TelemetryExporter, statistics: ExportStatistics, clock: TelemetryClock,
        batches: @escaping @Sendable () async -> AnyIterator<TelemetryBatch>
    ) {
        self.settings = settings
        self.exporter = exporter
        self.statistics = statistics
        self.clock = clock
        self.batches = batches
        // One waiting wake-up says all that many would.
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins sending; further calls do nothing.
    func start() {
        state.withLock { state in
            guard state.task == nil, !state.isStopping else { return }
            state.task = Task.detached { await self.run() }
        }
    }

    /// Sends soon, without waiting for the interval.
    func wake() { waker.yield() }

    /// Returns when everything that is queued now was sent, when the collector asks to wait, or after `limit`.
    func flush(within limit: Duration) async {
        start()
        let (done, continuation) = AsyncStream<Never>.makeStream()
        let isRunning = state.withLock { state in
            if !state.isStopping { state.askedFlushes.append(continuation) }
            return !state.isStopping
        }
        guard isRunning else { return }
        wake()
        let timer = Task {
            try? await clock.sleep(limit)
            continuation.finish()
        }
        // Its own task, so that a cancelled caller's flush still happens.
        await Task { for await _ in done {} }.value
        timer.cancel()
    }

    /// Sends what is queued and ends, at the latest after `limit`; what is left then is counted as dropped.
    func shutdown(within limit: Duration) async {
        start()
        let task = state.withLock { state in
            state.isStopping = true
            return state.task
        }
        wake()
        let timer = Task {
            try await clock.sleep(limit)
            task?.cancel()
        }
        await task?.value
        timer.cancel()
    }
}

extension ExportWorker {
    private func run() async {
        var wakes = wakes.makeAsyncIterator()
        while true {
            await wait(settings.interval, &wakes)
            let isStopping = state.withLock { state in
                state.beginDrain()
                return state.isStopping
            }
            for batch in await batches() { await deliver(batch, &wakes) }
            state.withLock { $0.endDrain() }.forEach { $0.finish() }
            if isStopping { return }
        }
    }

    /// Sends one batch, again and again until it is taken, refused, or its time is over.
    private func deliver(_ batch: TelemetryBatch, _ wakes: inout AsyncStream<Void>.Iterator) async {
        let start = clock.monotonic()
        var generator = SystemRandomNumberGenerator()
        var failures = 0
        while !Task.isCancelled {
            switch await exporter.export(batch) {
            case .accepted(let claimed):
                // A collector can claim anything.
                let rejected = min(max(claimed, 0), batch.count)
                statistics.exported(batch.signal, batch.count - rejected)
                statistics.dropped(batch.signal, .rejected, rejected)
                return
            case .sent(let lost, let tooLarge):
                statistics.exported(batch.signal, batch.count - lost - tooLarge)
                statistics.dropped(batch.signal, .unreachable, lost)
                statistics.dropped(batch.signal, .tooLarge, tooLarge)
                return
            case .refused:
                statistics.dropped(batch.signal, .refused, batch.count)
                return
            case .retry(let asked, _):
                failures += 1
                let delay = Backoff.delay(afterFailures: failures, asked: asked, using: &generator)
                let spent = Duration.nanoseconds(clock.monotonic() &- start)
                guard spent + delay <= settings.timeout else {
                    statistics.dropped(batch.signal, Task.isCancelled ? .shutdown : .unreachable, batch.count)
                    return
                }
                await waitToRetry(delay, &wakes)
            }
        }
        statistics.dropped(batch.signal, .shutdown, batch.count)
    }

    /// Waits out the backoff. A flush has had its attempt and is released; the first sign of a shutdown cuts it short.
    private func waitToRetry(_ delay: Duration, _ wakes: inout AsyncStream<Void>.Iterator) async {
        let end = clock.monotonic() &+ UInt64(clamping: delay.nanoseconds)
        let wasStopping = state.withLock(\.isStopping)
        while !Task.isCancelled {
            let (isStopping, flushes) = state.withLock { state in
                state.beginDrain()
                return (state.isStopping, state.endDrain())
            }
            flushes.forEach { $0.finish() }
            let now = clock.monotonic()
            guard now < end, isStopping == wasStopping else {
                // The wake-up of the shutdown was used up here; the drain that ends the worker needs it again.
                if isStopping { wake() }
                return
            }
            await wait(.nanoseconds(end - now), &wakes)
        }
    }

    /// Waits for a wake-up or the time, whichever is first.
    private func wait(_ duration: Duration, _ wakes: inout AsyncStream<Void>.Iterator) async {
        let timer = Task {
            try await clock.sleep(duration)
            waker.yield()
        }
        _ = await wakes.next()
        timer.cancel()
    }
}

extension Duration {
    fileprivate static func nanoseconds(_ value: UInt64) -> Duration { .nanoseconds(Int64(clamping: value)) }
}
