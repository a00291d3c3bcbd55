import ClewModel
import Synchronization

/// A fixed number of counters that any thread may add to.
final class Counters: Sendable {
    private final class Counter: Sendable {
        let value = Atomic<UInt64>(0)
    }

    private let counters: [Counter]

    init(_ count: Int) {
        counters = (0..<count).map { _ in Counter() }
    }

    func add(_ count: Int, at index: Int) {
        counters[index].value.wrappingAdd(UInt64(max(0, count)), ordering: .relaxed)
    }

    subscript(index: Int) -> UInt64 { counters[index].value.load(ordering: .relaxed) }
}

/// What the specification's metrics of an SDK count beside what ``ExportStatistics`` does.
final class ExportActivity: Sendable {
    /// Where the parent of a span is. The order is that of the counters.
    enum ParentOrigin: Int, CaseIterable {
        case none
        case local
        case remote
    }

    /// One kind of ending of an export.
    struct Ending: Hashable {
        var signal: Signal
        var statusCode: Int?
        var errorType: String?
    }

    /// A collector chooses what status it answers, so the number of endings is bounded.
    private static let endingLimit = 60

    private let spansStarted = Counters(SamplingDecision.allCases.count * ParentOrigin.allCases.count)
    private let spansEnded = Counters(SamplingDecision.allCases.count)
    private let logsCreated = Counters(1)
    private let handedOver = Counters(Signal.allCases.count)
    private let begun = Counters(Signal.allCases.count)
    private let ended = Counters(Signal.allCases.count)
    private let exports = Mutex<[Ending: DurationDistribution]>([:])
    private let collections = Mutex(DurationDistribution())

    /// A tracer made a span, recording or not.
    func spanStarted(_ result: SamplingDecision, parent: ParentOrigin) {
        spansStarted.add(1, at: result.rawValue * ParentOrigin.allCases.count + parent.rawValue)
    }

    /// A span that was started ended.
    func spanEnded(_ result: SamplingDecision) { spansEnded.add(1, at: result.rawValue) }

    func logCreated() { logsCreated.add(1, at: 0) }

    /// Items left the queue for the exporter.
    func handedOver(_ signal: Signal, _ count: Int) { handedOver.add(count, at: signal.index) }

    func collected(nanoseconds: UInt64) { collections.withLock { $0.add(nanoseconds) } }

    fileprivate func began(_ request: ExportRequest) { begun.add(request.items, at: request.signal.index) }

    fileprivate func ended(_ request: ExportRequest, _ answer: ExportAnswer?, nanoseconds: UInt64) {
        ended.add(request.items, at: request.signal.index)
        // Without an attempt there was no operation.
        guard let answer else { return }
        var ending = Ending(
            signal: request.signal, statusCode: answer.statusCode,
            errorType: answer.errorType ?? answer.outcome.errorType)
        exports.withLock { exports in
            if exports.count >= Self.endingLimit, exports[ending] == nil {
                ending = Ending(signal: request.signal, statusCode: nil, errorType: "_OTHER")
            }
            exports[ending, default: DurationDistribution()].add(nanoseconds)
        }
    }

    // The values at this moment.

    func started(_ result: SamplingDecision, _ parent: ParentOrigin) -> UInt64 {
        spansStarted[result.rawValue * ParentOrigin.allCases.count + parent.rawValue]
    }

    /// Spans that were started and have not ended.
    func live(_ result: SamplingDecision) -> UInt64 {
        let ended = spansEnded[result.rawValue]
        let started = ParentOrigin.allCases.reduce(0) { $0 + self.started(result, $1) }
        return started - min(ended, started)
    }

    var createdLogs: UInt64 { logsCreated[0] }

    func handed(_ signal: Signal) -> UInt64 { handedOver[signal.index] }

    /// Items that are being sent.
    func inFlight(_ signal: Signal) -> UInt64 {
        let ended = ended[signal.index]
        let begun = begun[signal.index]
        return begun - min(ended, begun)
    }

    var exportDurations: [Ending: DurationDistribution] { exports.withLock { $0 } }

    var collectionDurations: DurationDistribution { collections.withLock { $0 } }
}

extension ExportStatistics {
    func began(_ request: ExportRequest) { activity.began(request) }

    /// - Parameter answer: Of the last attempt, if there was one.
    func ended(_ request: ExportRequest, _ answer: ExportAnswer?, nanoseconds: UInt64) {
        activity.ended(request, answer, nanoseconds: nanoseconds)
    }
}

extension ExportOutcome {
    /// For exporters that say no more than the outcome.
    fileprivate var errorType: String? {
        switch self {
        case .accepted(let rejected): rejected > 0 ? ExportStatistics.DropReason.rejected.rawValue : nil
        case .sent(let lost, let tooLarge):
            max(lost, tooLarge) > 0 ? ExportStatistics.DropReason.rejected.rawValue : nil
        case .retry, .unreachable: ExportStatistics.DropReason.unreachable.rawValue
        case .tooLarge: ExportStatistics.DropReason.tooLarge.rawValue
        case .refused: ExportStatistics.DropReason.refused.rawValue
        }
    }
}

/// How long things took, in seconds.
struct DurationDistribution: Sendable {
    static let bounds = SemanticConventions.httpDurationBuckets

    private var counts = [UInt64](repeating: 0, count: DurationDistribution.bounds.count + 1)
    private var sum = 0.0
    private var least = Double.infinity
    private var most = 0.0

    mutating func add(_ nanoseconds: UInt64) {
        let seconds = Double(nanoseconds) / 1e9
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
        least = min(least, seconds)
        most = max(most, seconds)
    }

    /// `nil` where nothing was measured.
    func point(_ context: PointContext) -> HistogramPoint? {
        let count = counts.reduce(0, +)
        guard count > 0 else { return nil }
        return HistogramPoint(
            context: context, count: count, sum: sum, min: least, max: most, bucketCounts: counts,
            explicitBounds: Self.bounds)
    }
}
