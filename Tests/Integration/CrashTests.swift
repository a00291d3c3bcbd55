import Testing

extension Integration {
    @Suite("A collector that is killed, or loses power")
    struct CrashTests {
        @Test("has every acknowledged span once and no half request, killed at random moments under load")
        func kills() async throws {
            try await Faults.expect("kill.py", Faults.kills, Faults.seed)
        }

        @Test("has every acknowledged span when writes that were not synced are lost", .enabled(if: Faults.isLinux))
        func powerLoss() async throws {
            try await Faults.expect("power_loss.py", "36", Faults.seed)
        }

        @Test("is found out when it does not sync what it acknowledged", .enabled(if: Faults.isLinux))
        func lyingSyncs() async throws {
            let arguments = [Program.path("clewd"), "12", Faults.seed, "lie"]
            let result = try await Program.script("power_loss.py", arguments)
            #expect(result.status == 1)
            #expect(result.errors.contains("(acknowledged): 10 of 10 spans missing"), "\(result.errors)")
        }
    }
}
