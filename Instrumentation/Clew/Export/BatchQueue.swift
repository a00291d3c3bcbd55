import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A bounded queue between the program's threads and their exporter.
///
/// Appending never waits: when the queue is full the newest item is refused, so that memory stays bounded and what led
/// to an incident, which came first, is kept. It is full by the number of items or by their bytes: 2000 log lines can be
/// 100 KB or 20 GB.
///
/// Threads that append at the same moment get shards of their own. All items stand in one shard, and so in exact order,
/// until threads first meet; each meeting doubles the shards in use. Within a shard the order is always kept.
final class BatchQueue<Item: QueuedItem>: Sendable {
    /// What became of an appended item.
    enum Result: Hashable {
        case queued
        /// Queued, and a whole batch is waiting now.
        case batchReady
        case full
        /// The item alone is larger than the queue.
        case tooLarge
        case closed
    }

    let capacity: Int
    private let batch: Int
    private let maximumBytes: Int
    private let batchBytes: Int
    private let shards: [Shard]
    /// One less than the number of shards in use, which is a power of two.
    private let mask = Atomic<Int>(0)
    /// What all shards hold together, and what was drained but not yet dealt out.
    private let load = Atomic<UInt64>(0)

    init(_ limits: QueueLimits, cores: Int = System.coreCount) {
        capacity = min(max(1, limits.capacity), Load.maximumCount)
        batch = max(1, min(limits.batch, limits.capacity))
        maximumBytes = min(max(1, limits.maximumBytes), Load.maximumBytes)
        batchBytes = max(1, maximumBytes / 4)
        // Twice the cores, rounded up: the threads of an event loop group and of the cooperative pool.
        let exponent = Int.bitWidth - (min(max(1, cores), 64) * 2 - 1).leadingZeroBitCount
        shards = (0..<(1 << exponent)).map { _ in Shard() }
    }

    func append(_ item: Item) -> Result {
        let bytes = max(1, item.approximateBytes)
        guard bytes <= maximumBytes else { return .tooLarge }
        guard let load = reserve(bytes) else { return .full }
        guard insert(Entry(item: item, bytes: bytes)) else {
            release(Load(count: 1, bytes: bytes))
            return .closed
        }
        let isReady = load.count % batch == 0 || load.bytes / batchBytes > (load.bytes - bytes) / batchBytes
        return isReady ? .batchReady : .queued
    }

    /// Everything that waits now, in batches, for one reader who takes it to the end; what comes meanwhile is for the next
    /// drain, so that each has an end.
    func drain() -> Drain {
        var waiting: [Entry] = []
        for shard in shards.reversed() {
            waiting += shard.state.withLock { state in
                defer { state.entries = [] }
                return state.entries
            }.reversed()
        }
        return Drain(queue: self, waiting: waiting)
    }

    /// Refuses all further items; those that wait can still be drained.
    func close() { shards.forEach { $0.state.withLock { $0.isClosed = true } } }

    var count: Int { Load(load.load(ordering: .relaxed)).count }

    var bytes: Int { Load(load.load(ordering: .relaxed)).bytes }
}

extension BatchQueue {
    struct Drain: Sequence, IteratorProtocol {
        fileprivate let queue: BatchQueue
        /// The oldest last, so that taking it moves nothing.
        fileprivate var waiting: [Entry]

        /// The oldest items, at most a batch by number and by bytes.
        mutating func next() -> [Item]? {
            var taken: [Item] = []
            var bytes = 0
            while taken.count < queue.batch, let entry = waiting.last,
                taken.isEmpty || bytes + entry.bytes <= queue.batchBytes
            {
                waiting.removeLast()
                taken.append(entry.item)
                bytes += entry.bytes
            }
            guard !taken.isEmpty else { return nil }
            queue.release(Load(count: taken.count, bytes: bytes))
            return taken
        }
    }

    fileprivate struct Entry {
        var item: Item
        var bytes: Int
    }

    private final class Shard: Sendable {
        struct State {
            var entries: [Entry] = []
            var isClosed = false

            mutating func append(_ entry: Entry) -> Bool {
                if !isClosed { entries.append(entry) }
                return !isClosed
            }
        }

        let state = Mutex(State())
        /// Keeps the locks of two shards on different cache lines.
        private let padding = SIMD16<UInt64>()
    }

    /// The load with one more item, or `nil` where that is too much.
    private func reserve(_ bytes: Int) -> Load? {
        var current = load.load(ordering: .relaxed)
        while true {
            let load = Load(current)
            guard load.count < capacity, load.bytes + bytes <= maximumBytes else { return nil }
            let wanted = Load(count: load.count + 1, bytes: load.bytes + bytes)
            let (exchanged, original) = self.load.weakCompareExchange(
                expected: current, desired: wanted.packed, ordering: .relaxed)
            if exchanged { return wanted }
            current = original
        }
    }

    private func release(_ taken: Load) { load.wrappingSubtract(taken.packed, ordering: .relaxed) }

    /// Whether the queue is open.
    private func insert(_ entry: Entry) -> Bool {
        let mask = mask.load(ordering: .relaxed)
        let isOpen = shards[mask == 0 ? 0 : threadKey & mask].state.withLockIfAvailable { $0.append(entry) }
        if let isOpen { return isOpen }
        let wider = min(mask << 1 | 1, shards.count - 1)
        if wider != mask { self.mask.store(wider, ordering: .relaxed) }
        return shards[threadKey & wider].state.withLock { $0.append(entry) }
    }

    /// A number of the calling thread, spread over all bits.
    private var threadKey: Int {
        #if canImport(Glibc)
            let thread = pthread_self()
        #else
            // The pointer's address is all that is used of it.
            let thread = unsafe UInt(bitPattern: pthread_self())
        #endif
        // Fibonacci hashing: addresses of threads differ in their middle bits only.
        return Int(truncatingIfNeeded: (UInt64(thread) &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }
}

/// The number of items and their bytes in one word, so that both change at once.
private struct Load {
    static let maximumCount = 1 << 23
    static let maximumBytes = 1 << 39

    var count: Int
    var bytes: Int

    init(count: Int, bytes: Int) {
        self.count = count
        self.bytes = bytes
    }

    init(_ packed: UInt64) {
        count = Int(truncatingIfNeeded: packed >> 40)
        bytes = Int(truncatingIfNeeded: packed & (1 << 40 - 1))
    }

    var packed: UInt64 { UInt64(truncatingIfNeeded: count) << 40 | UInt64(truncatingIfNeeded: bytes) }
}
