import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("Checking and copying the data of a collector")
    struct DataCommandTests {
        private static func clewd(_ arguments: String...) async throws -> Program.Result {
            try await Program.run(Program.path("clewd"), arguments)
        }

        @Test("a backup under load has every span that was acknowledged before it, once, and opens")
        func backup() async throws {
            let collector = try await Collector.start()
            let load = try RunningProcess(
                Program.path("clew"),
                ["load", "--target", collector.otlp, "--batch", "100", "--rate", "30000", "--duration", "1h"])
            _ = try await eventually("the load runs") {
                try await collector.metric("clew_stored_records_total") > 20_000 ? true : nil
            }
            var acknowledged: [TraceID] = []
            for _ in 0..<100 {
                let spans = TestSpans.trace(spans: 40)
                let headers = ["Content-Type": "application/x-protobuf"]
                let answer = try await collector.post("/v1/traces", OTLP.encode(spans), headers)
                #expect(answer.status == 200)
                acknowledged.append(spans[0].traceID)
            }
            let copy = Collector.freshDirectory()
            let result = try await Self.clewd("backup", copy, "--from", collector.directory)
            #expect(result.status == 0, "\(result.errors)")
            #expect(load.isRunning)
            kill(load.pid, SIGINT)
            #expect(await load.status() == 0, "\(load.errors)")
            let verified = try await Self.clewd("verify", copy)
            #expect(verified.status == 0 && verified.output.contains(" 0 damaged"), "\(verified.output)")

            let opened = try await Collector.start(in: copy)
            for id in acknowledged {
                let answer = try await opened.get("/api/v1/traces/\(id.hex)")
                let spans = try OTLP.decodeTraces(OTLPJSON.toProtobuf(answer.body, .traces))
                #expect(spans.count == 40 && Set(spans.map(\.spanID)).count == 40)
            }
            try await opened.stop()
            try await collector.stop()
        }

        @Test("a check refuses a directory that is in use, and says by its exit status whether all is well")
        func verify() async throws {
            let collector = try await Collector.start()
            let headers = ["Content-Type": "application/x-protobuf"]
            _ = try await collector.post("/v1/traces", OTLP.encode(TestSpans.trace(spans: 500)), headers)
            let refused = try await Self.clewd("verify", collector.directory)
            #expect(refused.status == 2 && refused.errors.contains("in use"), "\(refused.errors)")
            collector.process.terminate()
            #expect(await collector.process.status() == 0)
            let intact = try await Self.clewd("verify", collector.directory)
            #expect(intact.status == 0 && intact.output.contains("500 spans"), "\(intact.output)\(intact.errors)")

            let partitions = "\(collector.directory)/partitions"
            let name = try #require(
                FileManager.default.contentsOfDirectory(atPath: partitions).first { $0.hasSuffix(".blocks") })
            var bytes = try Data(contentsOf: URL(filePath: "\(partitions)/\(name)"))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: "\(partitions)/\(name)"))
            let damaged = try await Self.clewd("verify", collector.directory)
            #expect(damaged.status == 1 && damaged.output.contains("500 spans from "), "\(damaged.output)")
            try FileManager.default.removeItem(atPath: collector.directory)
        }
    }
}
