import Dispatch
import Synchronization

/// Writes sealed rows to the journal.
struct Committer: Sendable {
    let journal: Journal

    /// Stores all rows, or none.
    ///
    /// - Returns: Whether the journal wants to be flushed.
    func commit(_ sealed: [IngestShard.Sealed]) throws(StoreError) -> Bool {
        let blocks = try encode(sealed.flatMap { [$0.builders.spans, $0.builders.logs] })
        return blocks.isEmpty ? false : try journal.append(blocks)
    }

    /// Encodes the builders' blocks, on as many cores as there are builders with rows.
    private func encode(_ builders: [BlockBuilder]) throws(StoreError) -> [MemoryBlock] {
        let builders = builders.filter { $0.rowCount > 0 }
        let results = Mutex<[(Int, Result<[MemoryBlock], DamagedColumn>)]>([])
        DispatchQueue.concurrentPerform(iterations: builders.count) { index in
            let result = Self.encode(builders[index])
            results.withLock { $0.append((index, result)) }
        }
        do {
            return try results.withLock { $0 }.sorted { $0.0 < $1.0 }.flatMap { try $0.1.get() }
        } catch {
            throw StoreError(.engine, "cannot encode a block: \(error)", cause: error)
        }
    }

    private static func encode(_ builder: BlockBuilder) -> Result<[MemoryBlock], DamagedColumn> {
        do throws(DamagedColumn) {
            var encoded: [MemoryBlock] = []
            for (day, block) in try builder.blocks() {
                encoded.append(MemoryBlock(day, try EncodedBlock(block, .journal)))
            }
            return .success(encoded)
        } catch {
            return .failure(error)
        }
    }
}
