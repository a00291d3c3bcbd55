import Synchronization

/// Where a block lies in a store.
struct BlockAddress: Hashable, Sendable {
    var day: PartitionDay
    var id: Int64
}

/// The blocks that were set aside since the store was opened because they cannot be read.
final class DamageRegister: Sendable {
    private let blocks = Mutex<Set<BlockAddress>>([])
    private let report: (@Sendable (String) -> Void)?

    init(report: (@Sendable (String) -> Void)?) {
        self.report = report
    }

    func contains(_ block: BlockAddress) -> Bool { blocks.withLock { $0.contains(block) } }

    /// Sets a block aside; reported once.
    func add(_ block: BlockAddress, in path: String, _ reason: some CustomStringConvertible) {
        guard blocks.withLock({ $0.insert(block).inserted }) else { return }
        report?("block \(block.id) of \(path) is damaged and was set aside: \(reason)")
    }

    /// Reports damage that is no block's.
    func reportText(_ text: String) { report?(text) }

    var count: Int { blocks.withLock(\.count) }
}
