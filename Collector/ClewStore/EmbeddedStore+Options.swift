public import ClewModel
import Foundation

extension EmbeddedStore {
    /// Bounds of a store. The defaults suit one machine with 2 cores and 1 GB of memory.
    public struct Options: Sendable {
        /// How long a request may wait for others to be committed with it, when others came last time.
        ///
        /// Default 20 ms. A request that comes alone never waits.
        public var commitWindow: Duration = .milliseconds(20)
        /// Requests in bytes that may wait for their commit; more are refused as overloaded. Default 64 MiB.
        public var maximumPendingBytes = 64 << 20
        /// Distinct attribute keys that get a column of their own in a block; the others share one. Default 1024.
        public var maximumAttributeKeys = 1024
        /// Partitions whose files are open at a time. Default 8.
        public var maximumOpenPartitions = 8
        /// Memory for the arrays that tell which blocks may hold a trace. Default 32 MiB.
        public var fingerprintCacheBytes = 32 << 20
        /// Requests that can be decoded at the same time. Default: the number of cores.
        public var shards = ProcessInfo.processInfo.activeProcessorCount
        /// Days further than 30 days from now that may have a partition; rows of more are refused. Default 100.
        public var maximumDistantDays = 100
        /// Days that ended so long ago are removed. Default `nil`: none.
        public var retention: Duration?
        /// Bytes of all files past which the oldest day is removed. Default `nil`: as many as there is room for.
        public var maximumBytes: Int?
        /// Rows in memory, and in the journal, that become one block of a partition. Default 65536.
        public var segmentRows = 1 << 16
        /// How long rows stay in the journal at most, and how long when no more come. Defaults 10 s and 1 s.
        public var flushAge: Duration = .seconds(10)
        public var flushIdle: Duration = .seconds(1)
        /// The clock that days are near to. Default: the system's.
        public var now: @Sendable () -> UnixNanoseconds = {
            UnixNanoseconds(max(0, Date.now.timeIntervalSince1970) * 1e9)
        }
        /// Called once for each block or file that is set aside because it cannot be read, with a sentence that names it.
        public var onDamage: (@Sendable (String) -> Void)?

        public init() {}
    }
}
