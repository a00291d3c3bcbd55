/// What is known of the senders of numbered datagrams: how many came, and how many the gaps say are missing.
///
/// Holds a bounded number of sources; the one that was silent longest makes room for a new one.
public struct DatagramSources: Sendable {
    public struct Source: Hashable, Sendable {
        public var id: UInt64
        public var received = 0
        /// Numbers that were skipped; those that came late after all are counted again in ``late``.
        public var lost = 0
        /// Datagrams that came after one with a higher number, or twice.
        public var late = 0
        var next: UInt64
        var lastSeen: UInt64
    }

    /// A jump by more than this, either way, is a sender that began anew and not a loss, so that one forged number
    /// cannot count a loss of 2^64.
    public static let largestGap: UInt64 = 1 << 20

    public let capacity: Int
    public private(set) var evicted = 0
    private var sources: [UInt64: Source] = [:]
    private var clock: UInt64 = 0

    public init(capacity: Int = 1024) {
        self.capacity = max(1, capacity)
    }

    /// The sources that are remembered, by id.
    public var all: [Source] { sources.values.sorted { $0.id < $1.id } }

    /// Counts one datagram.
    ///
    /// - Returns: How many datagrams it shows to be missing, and whether it came late itself.
    public mutating func record(source id: UInt64, sequence: UInt64) -> (lost: Int, late: Bool) {
        clock += 1
        if sources[id] == nil { makeRoom() }
        var source = sources[id] ?? Source(id: id, next: sequence, lastSeen: clock)
        defer { sources[id] = source }
        source.received += 1
        source.lastSeen = clock
        // Distances wrap as the numbers do.
        let ahead = sequence &- source.next
        let behind = source.next &- sequence
        if behind > 0, behind <= Self.largestGap {
            source.late += 1
            return (0, true)
        }
        let lost = ahead <= Self.largestGap ? Int(ahead) : 0
        source.lost += lost
        source.next = sequence &+ 1
        return (lost, false)
    }

    private mutating func makeRoom() {
        guard sources.count >= capacity, let oldest = sources.values.min(by: { $0.lastSeen < $1.lastSeen }) else {
            return
        }
        sources[oldest.id] = nil
        evicted += 1
    }
}
