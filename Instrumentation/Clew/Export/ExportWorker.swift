import ClewModel
import Synchronization

/// What became of a flush.
public enum FlushResult: Sendable, Hashable {
    /// Everything that was queued was taken.
    case sent
    /// Something was not: it was refused or dropped, or is kept and sent again later.
    case notSent
    /// The time was over before an answer came.
    case timedOut
}

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
        var hasEnded = false
        /// Asked for since the last drain began.
        var askedFlushes: [AsyncStream<FlushResult>.Continuation] = []
        /// Waiting for the drain that is under way.
        var activeFlushes: [AsyncStream<FlushResult>.Continuation] = []

        mutating func beginDrain() {
            activeFlushes += askedFlushes
            askedFlushes = []
        }

        /// The flushes that are done with the drain under way.
        mutating func endDrain() -> [AsyncStream<FlushResult>.Continuation] {
            defer { activeFlushes = [] }
            return activeFlushes
        }
    }

    /// What only the worker's task knows.
    struct Run {
        fileprivate var wakes: AsyncStream<Void>.Iterator
        /// Attempts that failed since the last that did not.
        var failures = 0
        /// No attempt before this moment of the monotonic clock, whichever batch it is for.
        var nextAttempt: UInt64 = 0
        /// The shutdown was noticed, and lifted the wait for the next attempt.
        var isStopping = false
        /// Nobody was there at the one attempt that a shutdown allows.
        var isFarewellOver = false
        /// Why the last attempt that failed did.
        var lastFailure = ""
        var generator = SystemRandomNumberGenerator()

        /// The collector is there, whatever it answered.
        mutating func succeeded() {
            failures = 0
            nextAttempt = 0
            lastFailure = ""
        }
    }

    let settings: Settings
    let exporter: any TelemetryExporter
    let statistics: ExportStatistics
    let spill: SpillDirectory?
    let clock: TelemetryClock
    /// The batches that wait now; asked once a drain.
    private let batches: @Sendable () async -> AnyIterator<TelemetryBatch>
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init(
        _ settings: Settings, exporter: any TelemetryExporter, statistics: ExportStatistics,
        spill: SpillDirectory?, clock: TelemetryClock,
        batches: @escaping @Sendable () async -> AnyIterator<TelemetryBatch>
    ) {
        self.settings = settings
        self.exporter = exporter
        self.statistics = statistics
        self.spill = spill
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
    func flush(within limit: Duration) async -> FlushResult {
        start()
        let (results, result) = AsyncStream<FlushResult>.makeStream()
        let isRunning = state.withLock { state in
            if !state.hasEnded { state.askedFlushes.append(result) }
            return !state.hasEnded
        }
        guard isRunning else { return .notSent }
        wake()
        let timer = Task {
            try? await clock.sleep(limit)
            result.finish()
        }
        defer { timer.cancel() }
        // Its own task, so that a cancelled caller's flush still happens.
        return await Task { () -> FlushResult in
            for await result in results { return result }
            return .timedOut
        }.value
    }

    /// Sends what is queued and ends, at the latest after `limit`; what is left then is kept on disk, or counted as
    /// dropped.
    func shutdown(within limit: Duration) async {
        start()
        let task = state.withLock { state in
            state.isStopping = true
            return state.task
        }
        wake()
        let timer = Task {
            // Writing to disk takes a while, too.
            try await clock.sleep(spill == nil ? limit : limit * 3 / 4)
            task?.cancel()
        }
        await task?.value
        timer.cancel()
    }

    /// Ends without sending; what is queued is counted as dropped.
    func cancel() {
        let task = state.withLock { state in
            state.isStopping = true
            return state.task
        }
        task?.cancel()
    }
}

extension ExportWorker {
    private func run() async {
        var run = Run(wakes: wakes.makeAsyncIterator())
        while true {
            await wait(settings.interval, &run)
            await waitToBegin(&run)
            let isStopping = state.withLock { state in
                state.beginDrain()
                return state.isStopping
            }
            notice(isStopping, &run)
            var wasSent = true
            for batch in await batches() {
                await waitToBegin(&run)
                if await !deliver(batch, &run) { wasSent = false }
            }
            // More on disk than one visit takes: the queue has its turn before the next.
            if await recover(&run) { wake() }
            finish(wasSent ? .sent : .notSent)
            if isStopping { break }
        }
        let late = state.withLock { state in
            state.hasEnded = true
            state.beginDrain()
            return state.endDrain()
        }
        late.forEach { $0.end(.notSent) }
    }

    /// Waits until a batch can be tried as soon as it is begun, because its time runs from then on. Meanwhile items stay in
    /// the queue, which has room or drops the newest, and metrics add up. With a disk, batches are kept there instead.
    private func waitToBegin(_ run: inout Run) async {
        guard spill == nil, !run.isStopping, clock.monotonic() < run.nextAttempt else { return }
        await waitForNextAttempt(&run)
    }

    /// Waits until the next attempt is due. A flush has had its attempt and is released; the first sign of a shutdown
    /// lifts the wait.
    func waitForNextAttempt(_ run: inout Run) async {
        while !Task.isCancelled {
            let isStopping = state.withLock { state in
                state.beginDrain()
                return state.isStopping
            }
            finish(.notSent)
            if notice(isStopping, &run) {
                // The wake-up of the shutdown was used up here; the drain that ends the worker needs it again.
                wake()
            }
            let now = clock.monotonic()
            guard now < run.nextAttempt else { return }
            await wait(.nanoseconds(Int64(clamping: run.nextAttempt - now)), &run)
        }
    }

    /// Whether the shutdown had not been noticed before.
    @discardableResult
    private func notice(_ isStopping: Bool, _ run: inout Run) -> Bool {
        guard isStopping, !run.isStopping else { return false }
        run.isStopping = true
        run.nextAttempt = 0
        return true
    }

    private func finish(_ result: FlushResult) {
        state.withLock { $0.endDrain() }.forEach { $0.end(result) }
    }

    /// Waits for a wake-up or the time, whichever is first.
    private func wait(_ duration: Duration, _ run: inout Run) async {
        let timer = Task {
            try await clock.sleep(duration)
            waker.yield()
        }
        _ = await run.wakes.next()
        timer.cancel()
    }
}

extension AsyncStream.Continuation where Element == FlushResult {
    fileprivate func end(_ result: FlushResult) {
        yield(result)
        finish()
    }
}
