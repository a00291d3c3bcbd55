import ClewModel
import NIOCore
import NIOPosix
import Synchronization

/// Metrics of the process itself, and of how long work waits in it.
///
/// The process is looked at when metrics are collected. Once a second something that does nothing is handed to each event
/// loop of the shared group and to the global executor; how long it waits there is what a request would wait. Nothing is
/// handed to one that has not run the last yet, so a loop that is blocked gets no queue of them.
///
/// Source: OpenTelemetry semantic conventions 1.37, "Process metrics".
final class RuntimeMetrics: Sendable {
    private static let interval = Duration.seconds(1)

    private let clock: TelemetryClock
    private let probes: Mutex<Task<Void, Never>?> = Mutex(nil)
    private let loops: [(loop: any EventLoop, delay: DelayProbe)]
    private let tasks: DelayProbe

    init(_ meter: ClewMeter, clock: TelemetryClock) {
        self.clock = clock
        let loopDelay = meter.histogram(
            SemanticConventions.eventLoopDelay, unit: "s", description: "How long work waits for an event loop.",
            buckets: .explicit(Self.delayBounds))
        loops = MultiThreadedEventLoopGroup.singleton.makeIterator().enumerated().map { index, loop in
            let attributes = [Attribute(SemanticConventions.eventLoopIndex, .int(Int64(index)))]
            return (loop, DelayProbe(loopDelay.with(attributes), clock: clock))
        }
        tasks = DelayProbe(
            meter.histogram(
                SemanticConventions.taskDelay, unit: "s",
                description: "How long a task waits for a thread of the global executor.",
                buckets: .explicit(Self.delayBounds)), clock: clock)
        observeProcess(meter)
    }

    /// Begins to measure delays.
    func start() {
        probes.withLock { task in
            guard task == nil else { return }
            task = Task.detached { await self.probe() }
        }
    }

    /// Ends measuring them.
    func stop() async {
        let task = probes.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    private func probe() async {
        while !Task.isCancelled {
            guard (try? await clock.sleep(Self.interval)) != nil else { return }
            for (loop, delay) in loops { delay.measure { done in loop.execute(done) } }
            tasks.measure { done in Task.detached(operation: done) }
        }
    }

    private func observeProcess(_ meter: ClewMeter) {
        meter.observableCounter(
            SemanticConventions.processCPUTime, unit: "s", description: "Total CPU seconds by mode.", of: self
        ) { _, observer in
            guard let status = ProcessStatus() else { return }
            observer.observe(status.userSeconds, [Attribute(SemanticConventions.cpuMode, "user")])
            observer.observe(status.systemSeconds, [Attribute(SemanticConventions.cpuMode, "system")])
        }
        meter.observableUpDownCounter(
            SemanticConventions.processMemoryUsage, unit: "By", description: "Physical memory in use.", of: self
        ) { _, observer in if let status = ProcessStatus() { observer.observe(status.residentBytes) } }
        meter.observableUpDownCounter(
            SemanticConventions.processMemoryVirtual, unit: "By", description: "Committed virtual memory.", of: self
        ) { _, observer in if let status = ProcessStatus() { observer.observe(status.virtualBytes) } }
        meter.observableUpDownCounter(
            SemanticConventions.processThreadCount, unit: "{thread}", description: "Threads of the process.", of: self
        ) { _, observer in if let status = ProcessStatus() { observer.observe(status.threads) } }
        meter.observableUpDownCounter(
            SemanticConventions.processOpenFileDescriptorCount, unit: "{file_descriptor}",
            description: "File descriptors in use.", of: self
        ) { _, observer in if let files = ProcessStatus.openFiles { observer.observe(files) } }
        meter.observableGauge(
            SemanticConventions.processUptime, unit: "s", description: "How long the process has been running.",
            of: self
        ) { _, observer in if let status = ProcessStatus() { observer.observe(status.uptimeSeconds) } }
    }

    private static let delayBounds = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
}

/// Measures how long something waits before it runs; one at a time.
private final class DelayProbe: Sendable {
    private let histogram: ClewHistogram
    private let clock: TelemetryClock
    private let isWaiting = Atomic(false)

    init(_ histogram: ClewHistogram, clock: TelemetryClock) {
        self.histogram = histogram
        self.clock = clock
    }

    func measure(_ submit: (@escaping @Sendable () -> Void) -> Void) {
        guard !isWaiting.exchange(true, ordering: .relaxed) else { return }
        let start = clock.monotonic()
        submit {
            self.histogram.record(Double(self.clock.monotonic() &- start) / 1e9)
            self.isWaiting.store(false, ordering: .relaxed)
        }
    }
}
