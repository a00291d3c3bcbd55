public import ClewModel
import ClewStore
import Synchronization

/// What the collector counts about itself: written by the receivers and the pipeline, read by the API.
public final class CollectorCounters: Sendable {
    /// A consistent copy of all counters.
    public struct Snapshot: Sendable {
        /// Whole requests or datagrams, and their bytes as they came.
        public var requests: [Series: Int] = [:]
        public var bytes: [Series: Int] = [:]
        /// Requests answered with an error, and datagrams thrown away, by reason.
        public var refusedRequests: [Series: Int] = [:]
        /// Spans, log records and metric points that were decoded.
        public var received: [Series: Int] = [:]
        /// Those of them that are durable.
        public var stored: [Series: Int] = [:]
        /// Those of them that were refused, by reason; the sender was told where the transport has an answer.
        public var refused: [Series: Int] = [:]
        /// Those of them that were acknowledged and not kept, by reason.
        public var dropped: [Series: Int] = [:]
        /// From handing a request to the store until it was durable.
        public var commitLatency = LatencyHistogram()
        public var datagramsLost = 0
        public var datagramsLate = 0
        public var sources: DatagramSources

        init(sourceCapacity: Int) {
            sources = DatagramSources(capacity: sourceCapacity)
        }
    }

    /// The labels of one count.
    public struct Series: Hashable, Sendable, Comparable {
        public var signal: Signal
        public var transport: Transport
        public var reason: Reason?

        public init(_ signal: Signal, _ transport: Transport, _ reason: Reason? = nil) {
            self.signal = signal
            self.transport = transport
            self.reason = reason
        }

        public static func < (left: Series, right: Series) -> Bool { left.order < right.order }

        private var order: (String, String, String) { (signal.rawValue, transport.rawValue, reason?.label ?? "") }
    }

    /// What every request changes, in one place per signal and transport: no hashing on the way of a request.
    private struct Totals {
        var requests = 0
        var bytes = 0
        var received = 0
        var stored = 0
    }

    private struct State {
        var totals = [Totals](repeating: Totals(), count: Signal.allCases.count * Transport.allCases.count)
        /// Everything but what `totals` holds.
        var rest: Snapshot
    }

    private let state: Mutex<State>

    /// - Parameter sourceCapacity: How many senders of numbered datagrams are remembered.
    public init(sourceCapacity: Int = 1024) {
        state = Mutex(State(rest: Snapshot(sourceCapacity: sourceCapacity)))
    }

    public var snapshot: Snapshot {
        let (totals, rest) = state.withLock { ($0.totals, $0.rest) }
        var snapshot = rest
        for signal in Signal.allCases {
            for transport in Transport.allCases {
                let (series, totals) = (Series(signal, transport), totals[Self.index(signal, transport)])
                if totals.requests > 0 {
                    (snapshot.requests[series], snapshot.bytes[series]) = (totals.requests, totals.bytes)
                }
                if totals.received > 0 { snapshot.received[series] = totals.received }
                if totals.stored > 0 { snapshot.stored[series] = totals.stored }
            }
        }
        return snapshot
    }

    /// Counts a request or datagram of `bytes` bytes as they came.
    public func received(_ signal: Signal, over transport: Transport, bytes: Int) {
        let index = Self.index(signal, transport)
        state.withLock {
            $0.totals[index].requests += 1
            $0.totals[index].bytes += bytes
        }
    }

    /// Counts a request or datagram of which nothing was kept.
    public func refused(_ signal: Signal, over transport: Transport, _ reason: Reason) {
        state.withLock { $0.rest.refusedRequests[Series(signal, transport, reason), default: 0] += 1 }
    }

    /// Counts the number of a datagram.
    public func numbered(source: UInt64, sequence: UInt64) {
        state.withLock {
            let (lost, late) = $0.rest.sources.record(source: source, sequence: sequence)
            $0.rest.datagramsLost += lost
            $0.rest.datagramsLate += late ? 1 : 0
        }
    }

    /// Counts the records of a request that the store has taken.
    func completed(_ result: AppendResult, _ signal: Signal, over transport: Transport, latency: Duration) {
        let index = Self.index(signal, transport)
        let rejectedCount = result.rejected.isEmpty ? 0 : result.rejectedCount
        state.withLock {
            $0.rest.commitLatency.record(latency)
            $0.totals[index].received += result.stored + rejectedCount
            $0.totals[index].stored += result.stored
            for (text, records) in result.rejected {
                $0.rest.refused[Series(signal, transport, Reason(rejection: text)), default: 0] += records
            }
        }
    }

    /// Counts records that were acknowledged, or could not be refused, and are not kept.
    ///
    /// - Parameter received: Whether they were not counted as received before.
    func dropped(
        _ records: Int, of signal: Signal, over transport: Transport, _ reason: Reason, received: Bool = false
    ) {
        let index = Self.index(signal, transport)
        state.withLock {
            if received { $0.totals[index].received += records }
            $0.rest.dropped[Series(signal, transport, reason), default: 0] += records
        }
    }

    private static func index(_ signal: Signal, _ transport: Transport) -> Int {
        let row =
            switch signal {
            case .traces: 0
            case .logs: 1
            case .metrics: 2
            }
        let column =
            switch transport {
            case .http: 0
            case .udp: 1
            }
        return row * Transport.allCases.count + column
    }
}
