public import ClewModel
import Synchronization

/// Counts what was exported and what was lost, by signal and reason.
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
    }

    /// The counts at one moment.
    public struct Snapshot: Hashable, Sendable {
        public fileprivate(set) var exported: [Signal: UInt64] = [:]
        public fileprivate(set) var dropped: [Signal: [DropReason: UInt64]] = [:]

        /// All items lost, of all signals.
        public var totalDropped: UInt64 { dropped.values.flatMap(\.values).reduce(0, +) }

        /// Adds the counts of another exporter.
        mutating func add(_ other: Self) {
            exported.merge(other.exported, uniquingKeysWith: +)
            dropped.merge(other.dropped) { $0.merging($1, uniquingKeysWith: +) }
        }

        public func dropped(_ signal: Signal, _ reason: DropReason) -> UInt64 { dropped[signal]?[reason] ?? 0 }
    }

    private let counts = Mutex(Snapshot())

    init() {}

    public var snapshot: Snapshot { counts.withLock { $0 } }

    func exported(_ signal: Signal, _ count: Int) {
        counts.withLock { $0.exported[signal, default: 0] += UInt64(max(0, count)) }
    }

    func dropped(_ signal: Signal, _ reason: DropReason, _ count: Int = 1) {
        guard count > 0 else { return }
        counts.withLock { $0.dropped[signal, default: [:]][reason, default: 0] += UInt64(count) }
    }
}

extension ExportStatistics.Snapshot {
    /// What was lost since an earlier moment, as one line; `nil` where nothing was.
    func summary(since earlier: Self) -> String? {
        var parts: [String] = []
        for signal in Signal.allCases {
            for reason in ExportStatistics.DropReason.allCases {
                let count = dropped(signal, reason) - earlier.dropped(signal, reason)
                if count > 0 { parts.append("\(signal.rawValue) \(reason.rawValue)=\(count)") }
            }
        }
        return parts.isEmpty ? nil : "telemetry was dropped: " + parts.joined(separator: ", ")
    }
}
