import Foundation
import Testing

/// Tests that hurt a collector; the scripts of `Tests/Integration/Python` do the work, as foreign clients.
enum Faults {
    /// What the tests choose at random depends on it; a failure tells it. Set `CLEW_TEST_SEED` to repeat one.
    static let seed = ProcessInfo.processInfo.environment["CLEW_TEST_SEED"] ?? "\(UInt32.random(in: .min ... .max))"

    /// How often a collector is killed. Set `CLEW_TEST_KILLS` for more, or for fewer on a slow machine.
    static let kills = ProcessInfo.processInfo.environment["CLEW_TEST_KILLS"] ?? "100"

    /// Whether there is what `faultfs.c` needs: a loader that knows `LD_PRELOAD`, and `/proc`.
    static var isLinux: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    /// Runs a script that ends with 0 when all is as it must be, and otherwise says what is not.
    static func expect(_ script: String, _ arguments: String...) async throws {
        let result = try await Program.script(script, [Program.path("clewd")] + arguments)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
