/// Gives equal byte strings equal numbers, counted from zero in the order in which the strings first come.
///
/// Open addressing with linear probing, at most half full. The seed differs in every process, so that a sender cannot
/// choose strings that collide.
struct Interner: Sendable {
    private(set) var strings = ByteStrings()
    /// A number plus one; zero is a free slot. The size is a power of two.
    private var slots: [UInt32] = []
    /// The hash of each string: spares comparing bytes on a collision, and hashing again on growth.
    private var hashes: [UInt32] = []
    private var last = 0

    private static let seed = UInt64.random(in: .min ... .max)
    private static let initialSlots = 16

    var count: Int { strings.count }

    mutating func intern(_ string: RawSpan) -> UInt32 {
        intern(string, limit: .max) ?? 0
    }

    /// - Returns: `nil` for a string that would be one more than `limit`.
    mutating func intern(_ string: RawSpan, limit: Int) -> UInt32? {
        // Senders repeat themselves: the string before is often the same.
        if last < strings.count, strings.equals(last, string) { return UInt32(last) }
        let hash = UInt32(truncatingIfNeeded: string.hash(seed: Self.seed))
        if slots.isEmpty { slots = Array(repeating: 0, count: Self.initialSlots) }
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let candidate = Int(slots[slot] - 1)
            if hashes[candidate] == hash, strings.equals(candidate, string) {
                last = candidate
                return UInt32(candidate)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return strings.count < limit ? insert(string, hash, slot) : nil
    }

    private mutating func insert(_ string: RawSpan, _ hash: UInt32, _ slot: Int) -> UInt32 {
        last = strings.count
        strings.append(string)
        hashes.append(hash)
        slots[slot] = UInt32(strings.count)
        if strings.count * 2 > slots.count { grow() }
        return UInt32(last)
    }

    private mutating func grow() {
        var grown = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = grown.count - 1
        for (index, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while grown[slot] != 0 { slot = (slot + 1) & mask }
            grown[slot] = UInt32(index + 1)
        }
        slots = grown
    }

    /// Forgets the strings and keeps the memory.
    mutating func removeAll() {
        guard !strings.ends.isEmpty else { return }
        strings.removeAll()
        hashes.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
        last = 0
    }
}
