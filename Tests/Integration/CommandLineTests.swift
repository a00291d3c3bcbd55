import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("The command line")
    struct CommandLineTests {
        static let commands: [[String]] = [
            ["slow"], ["find"], ["services"], ["red"], ["map"], ["logs"], ["dash", "render", "overview"], ["status"],
            ["audit"], ["explain"], ["sagas"], ["journey", "--correlation", "none"], ["path", "GET /"],
            ["diff", "--baseline", "1h"], ["diff", "1.0.0", "1.1.0", "--by", "service.version"],
            ["trace", "4bf92f3577b34da6a3ce929d0e0e4736"],
        ]

        @Test("an unreachable collector gets one sentence and the command that starts it", arguments: commands)
        func unreachable(command: [String]) async throws {
            // Port 1 is privileged and unassigned here: nothing answers.
            let result = try await Program.run(Program.path("clew"), command + ["--api", "http://127.0.0.1:1"])
            #expect(result.status == 69)
            #expect(result.output.isEmpty)
            #expect(
                result.errors.contains("clewd") && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }

        @Test(
            "an empty collector has no answer, says so, and exits with 1",
            arguments: commands.filter { $0 != ["status"] && $0[0] != "dash" })
        func empty(command: [String]) async throws {
            let collector = try await Collector.start()
            let result = try await Program.run(Program.path("clew"), command + ["--api", collector.api])
            #expect(result.status == 1, "\(result.output)\(result.errors)")
            #expect(result.output.isEmpty)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            try await collector.stop()
        }

        @Test("a bad flag value exits with 64 and says what is expected")
        func badFlags() async throws {
            for (arguments, word) in [
                (["find", "--min-duration", "fast"], "250ms"), (["slow", "--window", "soon"], "15m"),
                (["trace", "xyz"], "32"), (["slow", "--width", "3"], "40"), (["red", "--api", "::"], "http"),
                (["slwo"], "slow, trace, find"), (["find", "--limit", "0"], "at least 1"),
                (["trace", "4bf92f"], "clew find --roots"), (["find", "--kind", "srever"], "consumer"),
                (["logs", "--severity", "loud"], "fatal"), (["status", "--file", "x.json"], "collector"),
                (["red", "--api", "127.0.0.1:99999"], "http"), (["audit", "--explain", "chatty"], "n-plus-one"),
                (["audit", "--rule", "x"], "n-plus-one"), (["audit", "--fail-on", "worst"], "medium"),
                (["journey"], "--correlation"), (["explain", "--baseline", "yesterday"], "1h"),
                (["explain", "--baseline-file", "x.json"], "--file"), (["diff"], "before.json after.json"),
                (["diff", "1.0.0", "1.1.0"], "neither a trace id"), (["diff", "--fail-on", "10%"], ">50ms"),
                (["path"], "route"), (["path", "GET /", "--by", ""], "service.version"),
                (["trace", "4bf92f3577b34da6a3ce929d0e0e4736", "--compare", "soon"], "15m"),
            ] {
                let result = try await Program.run(Program.path("clew"), arguments)
                #expect(result.status == 64, "\(arguments): \(result.errors)")
                #expect(result.errors.contains(word), "\(result.errors)")
            }
        }

        @Test("a file gives the same answers as a collector that was sent its spans")
        func fileAndCollectorAgree() async throws {
            let spans = (0..<30).flatMap { _ in TestSpans.trace(spans: 8, service: "shop") }
            let file = try Self.file(spans)
            defer { try? FileManager.default.removeItem(at: file) }
            let collector = try await Collector.start()
            let answer = try await collector.post(
                "/v1/traces", OTLP.encode(spans), ["Content-Type": "application/x-protobuf"])
            #expect(answer.status == 200)

            // The last one: a file compares a trace with all others, a collector with those before it.
            let id = spans[spans.count - 1].traceID.hex
            for command in [
                ["trace", id], ["trace", id, "--attributes"], ["trace", id, "--compare", "off"],
                ["trace", id, "--compare", "1h"], ["services"], ["map"], ["audit", "--rule", "n-plus-one"],
            ] {
                let fromFile = try await Program.run(Program.path("clew"), command + ["--file", file.path])
                let fromCollector = try await Program.run(Program.path("clew"), command + ["--api", collector.api])
                #expect(fromFile.status == 0, "\(fromFile.errors)")
                #expect(fromFile.output == fromCollector.output, "\(command)")
            }
            try await collector.stop()
        }

        @Test("piped output has no colour; --color always has")
        func colour() async throws {
            let spans = TestSpans.trace(spans: 3)
            let file = try Self.file(spans)
            defer { try? FileManager.default.removeItem(at: file) }
            let command = ["trace", spans[0].traceID.hex, "--file", file.path]
            let plain = try await Program.run(Program.path("clew"), command)
            let colored = try await Program.run(Program.path("clew"), command + ["--color", "always"])
            #expect(!plain.output.contains("\u{1B}"))
            #expect(colored.output.contains("\u{1B}["))
        }

        @Test("an empty CLEW_API counts as none")
        func emptyVariable() async throws {
            let result = try await Program.clew("status", environment: ["CLEW_API": ""])
            // Whoever listens at the default address may answer.
            #expect(result.status != 64, "\(result.errors)")
        }

        @Test("a baseline without traces is said to be missing, not silently left out")
        func missingBaseline() async throws {
            let file = try Self.file(TestSpans.trace(spans: 3))
            defer { try? FileManager.default.removeItem(at: file) }
            let result = try await Program.clew("slow", "--window", "5m", "--baseline", "1h", "--file", file.path)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("the baseline has no traces of 'operation 0'"), "\(result.errors)")
        }

        @Test("a file with one request has a rate of a sane size, and commands to paste name the file")
        func oneRequest() async throws {
            let file = try Self.file(TestSpans.trace(spans: 1))
            defer { try? FileManager.default.removeItem(at: file) }
            let red = try await Program.clew("red", "--file", file.path)
            #expect(red.output.contains(" 1.0/s "), "\(red.output)")
            let slow = try await Program.clew("slow", "--file", file.path, "--width", "200")
            #expect(slow.output.contains("--file \(file.path)\n"), "\(slow.output)")
        }

        @Test("a file that cannot be read is refused with its reason", arguments: ["/nonexistent", "/"])
        func unreadableFile(path: String) async throws {
            let result = try await Program.clew("red", "--file", path)
            #expect(result.status == 2)
            #expect(
                result.errors == "clew: cannot read '\(path)': "
                    + (path == "/" ? "it is a directory\n" : "there is no such file\n"))
        }

        private static func file(_ spans: [Span]) throws -> URL {
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
            try Data(OTLPJSON.fromProtobuf(OTLP.encode(spans), .traces)).write(to: file)
            return file
        }

        @Test("a broken file is refused with its line and byte")
        func brokenFile() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
            try Data("{\"resourceSpans\":[]}\n{\"resourceSpans\":[{]}\n".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let result = try await Program.clew("map", "--file", file.path)
            #expect(result.status == 2)
            #expect(result.errors.contains("line 2") && result.errors.contains("byte"), "\(result.errors)")
        }
    }

}
