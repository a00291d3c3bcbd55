import Foundation
import Testing

extension Integration {
    @Suite("A foreign client: the OpenTelemetry SDK for Python")
    struct ForeignClientTests {
        @Test(
            "every span and record comes back through the CLI with every attribute, event and link",
            arguments: ["protobuf", "json"]
        )
        func roundTrip(form: String) async throws {
            let collector = try await Collector.start()
            let result = try await Program.script(
                "roundtrip.py", [Program.path("clew"), collector.api, collector.otlp, form])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "51 spans, 6 records\n")
            try await collector.stop()
        }
    }
}
