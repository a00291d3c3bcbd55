import Testing

extension Integration {
    @Suite("A data directory that was damaged")
    struct DamageTests {
        @Test("is served without what is damaged, which is reported, whatever was flipped, cut off or overwritten")
        func damagedFiles() async throws {
            try await Faults.expect("flips.py", "100", Faults.seed)
        }
    }
}
