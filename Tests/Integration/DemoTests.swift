import Foundation
import Testing

extension Integration {
    @Suite("The demo, as a newcomer runs it")
    struct DemoTests {
        @Test("names the hop that it delayed", arguments: ["inventory.db", "orders->payments"])
        func namesTheHop(hop: String) async throws {
            let result = try await Program.run(Program.path("clew-shop"), ["demo", "--slow", hop], timeout: 180)
            #expect(result.status == 0, "\(result.output.suffix(3000))\(result.errors)")
            #expect(result.output.contains(hop))
            #expect(result.output.contains("$ clew slow"))
        }

        @Test("refuses a hop that there is not, and lists those that there are")
        func unknownHop() async throws {
            let result = try await Program.run(Program.path("clew-shop"), ["demo", "--slow", "warehouse"], timeout: 60)
            #expect(result.status != 0)
            #expect(result.errors.contains("warehouse") && result.errors.contains("inventory.db"), "\(result.errors)")
        }
    }
}
