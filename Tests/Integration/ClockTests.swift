import Testing

extension Integration {
    @Suite("A wall clock that jumps", .enabled(if: Faults.isLinux))
    struct ClockTests {
        @Test("backwards an hour, forwards a day, to 1970: intake and answers go on")
        func jumps() async throws {
            try await Faults.expect("clock.py", Faults.seed)
        }
    }
}
