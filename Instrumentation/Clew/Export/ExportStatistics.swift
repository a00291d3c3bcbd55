public import ClewModel
import Synchronization

/// Counts what was exported and what was lost, by signal and reason.
///
/// Every item that the program makes ends in exactly one of three: it is exported, dropped, or kept on disk. What is read
/// back from disk is counted as recovered and then ends in one of the three again, so that at rest
/// `made + recovered = exported + dropped + spilled`.
public final class ExportStatistics: Sendable {
    /// Why items were lost.
    public enum DropReason: String, Hashable, Sendable, CaseIterable {
        /// The queue was full; the newest item went.
        case queueFull = "queue_full"
        /// The collector could not be reached, or was overloaded, for longer than the export timeout.
        case unreachable
        /// The collector refused the whole request for good.
        case refused
        /// The collector took the request but refused these items.
        case rejected
        /// Larger than the queue holds or the transport can carry.
        case tooLarge = "too_large"
        /// Still queued when the time for shutting down was over, or came after it.
        case shutdown
        /// Kept on disk, and deleted to make room for newer.
        case spillFull = "spill_full"
        /// Kept on disk, and damaged there.
        case spillCorrupt = "spill_corrupt"
    }

    /// The counts at one moment.
    public struct Snapshot: Hashable, Sendable {
        public fileprivate(set) var exported: [Signal: UInt64] = [:]
        public fileprivate(set) var dropped: [Signal: [DropReason: UInt64]] = [:]
        /// Written to disk while the collector was away.
        public fileprivate(set) var spilled: [Signal: UInt64] = [:]
        /// Taken from disk again, also what an earlier process left there.
        public fileprivate(set) var recovered: [Signal: UInt64] = [:]

        /// All items lost, of all signals.
        public var totalDropped: UInt64 { dropped.values.flatMap(\.values).reduce(0, +) }

        /// Adds the counts of another exporter.
        mutating func add(_ other: Self) {
            exported.merge(other.exported, uniquingKeysWith: +)
            dropped.merge(other.dropped) { $0.merging($1, uniquingKeysWith: +) }
            spilled.merge(other.spilled, uniquingKeysWith: +)
            recovered.merge(other.recovered, uniquingKeysWith: +)
        }

        public func dropped(_ signal: Signal, _ reason: DropReason) -> UInt64 { dropped[signal]?[reason] ?? 0 }
    }

    private let exported = Counters(Signal.allCases.count)
    private let refusedByQueue = Counters(Signal.allCases.count * DropReason.allCases.count)
    private let lostByExporter = Counters(Signal.allCases.count * DropReason.allCases.count)
    private let spilled = Counters(Signal.allCases.count)
    private let recovered = Counters(Signal.allCases.count)
    /// What only the SDK's own metrics show.
    let activity = ExportActivity()
    private let messages = Mutex<[Signal: [DropReason?: String]]>([:])

    init() {}

    public var snapshot: Snapshot {
        var snapshot = Snapshot()
        for signal in Signal.allCases {
            snapshot.exported[signal] = exported[signal.index].nonZero
            snapshot.spilled[signal] = spilled[signal.index].nonZero
            snapshot.recovered[signal] = recovered[signal.index].nonZero
            for reason in DropReason.allCases {
                let count = refusals(signal, reason) + losses(signal, reason)
                if count > 0 { snapshot.dropped[signal, default: [:]][reason] = count }
            }
        }
        return snapshot
    }

    /// Items of which the queue never held one.
    func refusals(_ signal: Signal, _ reason: DropReason) -> UInt64 { refusedByQueue[Self.index(signal, reason)] }

    /// Items that were lost on the way from the queue to the collector.
    func losses(_ signal: Signal, _ reason: DropReason) -> UInt64 { lostByExporter[Self.index(signal, reason)] }

    func exported(_ signal: Signal, _ count: Int) { exported.add(count, at: signal.index) }

    /// The queue did not take an item.
    func refused(_ signal: Signal, _ reason: DropReason) { refusedByQueue.add(1, at: Self.index(signal, reason)) }

    /// - Parameter message: Why, in words; the last one is reported.
    func dropped(_ signal: Signal, _ reason: DropReason, _ count: Int = 1, because message: String = "") {
        guard count > 0 else { return }
        lostByExporter.add(count, at: Self.index(signal, reason))
        if !message.isEmpty { messages.withLock { $0[signal, default: [:]][reason] = Self.bounded(message) } }
    }

    func spilled(_ signal: Signal, _ count: Int) { spilled.add(count, at: signal.index) }

    func recovered(_ signal: Signal, _ count: Int) { recovered.add(count, at: signal.index) }

    /// Something to report although nothing was lost.
    func warned(_ signal: Signal, _ message: String) {
        messages.withLock { $0[signal, default: [:]][nil] = Self.bounded(message) }
    }

    /// What to report since the last report, one sentence each.
    func report(since earlier: Snapshot) -> (now: Snapshot, sentences: [String]) {
        let messages = messages.withLock { messages in
            defer { messages = [:] }
            return messages
        }
        let now = snapshot
        let warnings = Signal.allCases.compactMap { signal in
            messages[signal]?[nil].map { "the export of \(signal.rawValue) has a warning: \($0)" }
        }
        return (now, (now.drops(since: earlier, messages).map { [$0] } ?? []) + warnings)
    }

    private static let reasonCount = DropReason.allCases.count

    private static func index(_ signal: Signal, _ reason: DropReason) -> Int {
        signal.index * reasonCount + reason.index
    }

    /// Texts of collectors are of any length.
    private static func bounded(_ message: String) -> String {
        message.count > 300 ? String(message.prefix(300)) + "…" : message
    }
}

extension ExportStatistics.Snapshot {
    /// What was lost since an earlier moment, as one line; `nil` where nothing was.
    fileprivate func drops(
        since earlier: Self, _ messages: [Signal: [ExportStatistics.DropReason?: String]]
    ) -> String? {
        var parts: [String] = []
        for signal in Signal.allCases {
            for reason in ExportStatistics.DropReason.allCases {
                let count = dropped(signal, reason) - earlier.dropped(signal, reason)
                guard count > 0 else { continue }
                let message = messages[signal]?[reason].map { " (\($0))" } ?? ""
                parts.append("\(signal.rawValue) \(reason.rawValue)=\(count)\(message)")
            }
        }
        return parts.isEmpty ? nil : "telemetry was dropped: " + parts.joined(separator: ", ")
    }
}

// Not by `allCases`, which would make an array for every item that is dropped.
extension Signal {
    var index: Int {
        switch self {
        case .traces: 0
        case .logs: 1
        case .metrics: 2
        }
    }
}

extension UInt64 {
    fileprivate var nonZero: UInt64? { self == 0 ? nil : self }
}

extension ExportStatistics.DropReason {
    fileprivate var index: Int {
        switch self {
        case .queueFull: 0
        case .unreachable: 1
        case .refused: 2
        case .rejected: 3
        case .tooLarge: 4
        case .shutdown: 5
        case .spillFull: 6
        case .spillCorrupt: 7
        }
    }
}
