import ClewModel
import Foundation
import Testing

extension Integration {
    @Suite("The load generator")
    struct LoadTests {
        private struct Report: Decodable {
            struct Verification: Decodable {
                var traces: Int
                var spans: Int
                var missingTraces: Int
                var isComplete: Bool
            }

            struct Reception: Decodable {
                var stored: Int
            }

            var spans: Int
            var cpuSecondsPerMillion: Double?
            var bytesPerSpan: Double?
            var verification: Verification?
            var reception: Reception?
        }

        private static func load(_ arguments: String...) async throws -> (result: Program.Result, report: Report?) {
            let result = try await Program.run(Program.path("clew"), ["load", "--json"] + arguments)
            return (result, try? JSONDecoder().decode(Report.self, from: Data(result.output.utf8)))
        }

        @Test("what it sent is there, trace by trace")
        func verified() async throws {
            let collector = try await Collector.start()
            let (result, report) = try await Self.load(
                "--target", collector.otlp, "--api", collector.api, "--spans", "20000", "--verify", "--idle-wait", "0",
                "--pid", String(collector.process.pid), "--data", collector.directory)
            #expect(result.status == 0, "\(result.errors)")
            // 40 requests of 512.
            #expect(report?.spans == 20_480)
            #expect(report?.verification?.spans == 20_480 && report?.verification?.isComplete == true)
            #expect(report?.verification?.missingTraces == 0)
            #expect(report?.cpuSecondsPerMillion ?? 0 > 0 && report?.bytesPerSpan ?? 0 > 0)
            try await collector.stop()
        }

        @Test("JSON, gzip and small requests arrive as well", arguments: [["--encoding", "json"], ["--gzip"]])
        func encodings(options: [String]) async throws {
            let collector = try await Collector.start()
            let arguments = [
                "load", "--target", collector.otlp, "--api", collector.api, "--spans", "1000", "--batch", "10",
                "--cardinality", "500", "--verify",
            ]
            let result = try await Program.run(Program.path("clew"), arguments + options)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("1,000 spans: all there"), "\(result.output)")
            #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(result.output)")
            try await collector.stop()
        }

        @Test("traces that are missing make it fail")
        func missing() async throws {
            let (collector, other) = (try await Collector.start(), try await Collector.start())
            let (result, report) = try await Self.load(
                "--target", collector.otlp, "--api", other.api, "--spans", "500", "--batch", "100", "--verify")
            #expect(result.status == 1)
            #expect(result.errors.contains("are missing"), "\(result.errors)")
            #expect(report?.verification?.traces == report?.verification?.missingTraces)
            #expect(report?.verification?.traces ?? 0 > 0)
            try await collector.stop()
            try await other.stop()
        }

        @Test("datagrams are sent, and the collector says what came of them")
        func datagrams() async throws {
            let collector = try await Collector.start()
            let (result, report) = try await Self.load(
                "--transport", "udp", "--target", collector.addresses.otlpUDP, "--api", collector.api, "--spans", "320",
                "--batch", "16", "--rate", "1600")
            #expect(result.status == 0, "\(result.errors)")
            #expect(report?.spans == 320 && report?.reception?.stored == 320)
            try await collector.stop()
        }

        @Test("Ctrl-C ends a run with its report")
        func interrupted() async throws {
            let collector = try await Collector.start()
            let process = try RunningProcess(
                Program.path("clew"), ["load", "--target", collector.otlp, "--rate", "1000", "--duration", "1h"])
            _ = try await eventually("something is stored") {
                try await collector.metric("clew_stored_records_total") > 0 ? true : nil
            }
            kill(process.pid, SIGINT)
            #expect(await process.status() == 0)
            #expect(process.output.contains("acknowledged"), "\(process.output)")
            try await collector.stop()
        }
    }
}
