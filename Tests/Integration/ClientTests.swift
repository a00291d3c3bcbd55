import Testing

extension Integration {
    @Suite("Clients that behave badly: others are served, and memory is bounded", .enabled(if: Faults.isLinux))
    struct ClientTests {
        @Test("200 that send a byte a second")
        func slow() async throws {
            try await Faults.expect("clients.py", "slow")
        }

        @Test("10 000 connections at once")
        func many() async throws {
            try await Faults.expect("clients.py", "many")
        }

        @Test("more connections than the collector may have files open")
        func descriptors() async throws {
            try await Faults.expect("clients.py", "descriptors")
        }

        @Test("some that ask and never read an answer")
        func deaf() async throws {
            try await Faults.expect("clients.py", "deaf")
        }
    }
}
