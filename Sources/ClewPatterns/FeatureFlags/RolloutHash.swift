import ClewModel

/// Where an id stands in the roll-out of a flag: the same place in every process, on every machine and after every deploy.
///
/// Swift's `Hasher` is seeded anew in each process and may not be used here. **Never change the function**: each change
/// moves all users of all flags, which the known answers in the tests guard.
///
/// Source: FNV-1a, 64 bits, of G. Fowler, L. C. Noll and K.-P. Vo, constants as in the IETF draft "The FNV
/// Non-Cryptographic Hash Algorithm" (draft-eastlake-fnv). It hardly carries the last bytes into the high bits, so that the
/// ids `user-1` and `user-2` would stand side by side: a mix with the constants of ``SplitMix64`` follows.
enum RolloutHash {
    /// As many buckets as there are hundredths of a percent.
    static let buckets = 10_000

    /// 0xFF, which UTF-8 never has: key `ab` with id `c` is not key `a` with id `bc`, whatever the characters.
    private static let separator: [UInt8] = [0xFF]
    static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    /// The hash of a key and an id, by the bytes of their UTF-8: characters that only look the same are different.
    static func hash(key: String, id: String) -> UInt64 {
        SplitMix64.mix(fnv1a(id.utf8, fnv1a(separator, fnv1a(key.utf8, offsetBasis))))
    }

    /// The bucket of an id, from 0 to 9,999.
    ///
    /// By the high word of a product instead of a remainder: D. Lemire, "Fast Random Integer Generation in an Interval"
    /// (2019). No bucket gets more than one hash in 10^15 above its share.
    static func bucket(key: String, id: String) -> Int {
        Int(hash(key: key, id: id).multipliedFullWidth(by: UInt64(buckets)).high)
    }

    static func fnv1a(_ bytes: some Sequence<UInt8>, _ hash: UInt64) -> UInt64 {
        bytes.reduce(hash) { ($0 ^ UInt64($1)) &* prime }
    }
}
