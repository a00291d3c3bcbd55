import Clew
import ClewConformance
import Testing

@Suite("Conformance")
struct ConformanceTests {
    struct Subject: ConformanceSubject {
        func start(_ environment: [String: String]) async throws -> ConformanceBackend {
            let configuration = Telemetry.Configuration(
                service: "", environment: environment.merging(["CLEW_SHUTDOWN_TIMEOUT": "20000"]) { $1 })
            let telemetry = try Telemetry(configuration, output: CapturedLines().output)
            return ConformanceBackend(
                tracer: telemetry.tracer, metrics: telemetry.metricsFactory, logHandler: telemetry.logHandlerFactory,
                flush: { await telemetry.flush() }, shutdown: { await telemetry.shutdown() })
        }
    }

    @Test("the library follows", arguments: ConformanceCheck.all)
    func library(_ check: ConformanceCheck) async {
        let outcome = await check.run(on: Subject(), within: .seconds(120))
        #expect(outcome == .passed)
    }
}
