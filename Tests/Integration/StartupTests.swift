import Foundation
import Testing

extension Integration {
    @Suite("A collector that cannot start says why in one sentence")
    struct StartupTests {
        private func expectRefusal(_ arguments: [String], environment: [String: String] = [:], says words: String...)
            async throws
        {
            let result = try await Program.run(Program.path("clewd"), arguments, environment: environment, timeout: 20)
            #expect(result.status > 0, "ended with \(result.status)")
            for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
            #expect(!result.errors.contains("Fatal error"))
        }

        @Test("the port is in use")
        func portInUse() async throws {
            let collector = try await Collector.start()
            try await expectRefusal(
                [
                    "--data", Collector.freshDirectory(), "--otlp-http", collector.addresses.otlpHTTP, "--otlp-udp",
                    "127.0.0.1:0", "--api", "127.0.0.1:0",
                ],
                says: collector.addresses.otlpHTTP, "in use"
            )
            try await collector.stop()
        }

        @Test("the data directory is in use")
        func directoryInUse() async throws {
            let collector = try await Collector.start()
            try await expectRefusal(
                [
                    "--data", collector.directory, "--otlp-http", "127.0.0.1:0", "--otlp-udp", "127.0.0.1:0", "--api",
                    "127.0.0.1:0",
                ],
                says: collector.directory
            )
            try await collector.stop()
        }

        @Test("the data directory cannot be made")
        func directoryCannotBeMade() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-file-\(UUID().uuidString)").path
            #expect(FileManager.default.createFile(atPath: file, contents: Data()))
            try await expectRefusal(["--data", "\(file)/data"], says: "\(file)/data")
            try FileManager.default.removeItem(atPath: file)
        }

        @Test("a newer version wrote the data directory")
        func newerVersion() async throws {
            let collector = try await Collector.start()
            collector.process.terminate()
            #expect(await collector.process.status() == 0)
            let raise = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 999')"
            let python = try await Program.run(Program.python, ["-c", raise, "\(collector.directory)/clew.sqlite"])
            #expect(python.status == 0, "\(python.errors)")
            try await expectRefusal(["--data", collector.directory], says: "999", "newer")
            try FileManager.default.removeItem(atPath: collector.directory)
        }

        @Test("a setting is unknown, in each place where settings stand")
        func unknownSetting() async throws {
            try await expectRefusal(["--dta", "x"], says: "--dta")
            try await expectRefusal([], environment: ["CLEW_DTA": "x"], says: "CLEW_DTA")
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).yaml").path
            try Data("dta: x\n".utf8).write(to: URL(filePath: file))
            try await expectRefusal(["--config", file], says: "dta", file)
            try FileManager.default.removeItem(atPath: file)
        }
    }
}
