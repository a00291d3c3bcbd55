public import ClewModel
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

    private let state: Mutex<Snapshot>

    /// - Parameter sourceCapacity: How many senders of numbered datagrams are remembered.
    public init(sourceCapacity: Int = 1024) {
        state = Mutex(Snapshot(sourceCapacity: sourceCapacity))
    }

    public var snapshot: Snapshot { state.withLock { $0 } }

    /// Counts a request or datagram of `bytes` bytes as they came.
    public func received(_ signal: Signal, over transport: Transport, bytes: Int) {
        state.withLock {
            $0.requests[Series(signal, transport), default: 0] += 1
            $0.bytes[Series(signal, transport), default: 0] += bytes
        }
    }

    /// Counts a request or datagram of which nothing was kept.
    public func refused(_ signal: Signal, over transport: Transport, _ reason: Reason) {
        state.withLock { $0.refusedRequests[Series(signal, transport, reason), default: 0] += 1 }
    }

    /// Counts the number of a datagram.
    public func numbered(source: UInt64, sequence: UInt64) {
        state.withLock {
            let (lost, late) = $0.sources.record(source: source, sequence: sequence)
            $0.datagramsLost += lost
            $0.datagramsLate += late ? 1 : 0
        }
    }

    func update(_ body: (inout Snapshot) -> Void) {
        state.withLock { body(&$0) }
    }
}
