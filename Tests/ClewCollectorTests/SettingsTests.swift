import ArgumentParser
import ClewReceivers
import Foundation
import Logging
import Testing

@testable import clewd

@Suite struct SettingsTests {
    private func reader(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) throws -> SettingsReader {
        guard let file else { return try SettingsReader(flags: flags, environment: environment, file: nil) }
        let path = FileManager.default.temporaryDirectory.appending(path: "clewd-\(UUID()).yaml").path
        try file.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SettingsReader(flags: flags, environment: environment, file: path)
    }

    @Test("a flag goes before the environment, that before the file, and that before the default")
    func layers() throws {
        let file = "data: file\nmax-results: 3\nlog-level: debug\n"
        let environment = ["CLEW_DATA": "environment", "CLEW_MAX_RESULTS": "2"]
        let settings = try DaemonConfiguration(
            reader(flags: ["data": "flag"], environment: environment, file: file))
        #expect(settings.data == "flag")
        #expect(settings.maximumResults == 2)
        #expect(settings.logLevel == .debug)
        #expect(settings.otlpHTTP == ListenAddress(host: "127.0.0.1", port: 4318))
    }

    @Test("a JSON file reads as a YAML file does")
    func json() throws {
        let settings = try DaemonConfiguration(
            reader(file: #"{"api": "[::1]:0", "max-body": "2MiB", "max-results": 7, "print-addresses": true}"#))
        #expect(settings.api == ListenAddress(host: "::1", port: 0))
        #expect(settings.ingest.maximumBodyBytes == 2 << 20)
        #expect(settings.maximumResults == 7)
        #expect(settings.printsAddresses)
    }

    @Test("every default can be read")
    func defaults() throws {
        _ = try DaemonConfiguration(reader())
    }

    @Test("an empty variable counts as absent")
    func emptyVariable() throws {
        #expect(try DaemonConfiguration(reader(environment: ["CLEW_DATA": ""])).data == "clew-data")
    }

    @Test(
        "variables of the other programs are left alone",
        arguments: [
            "CLEW_API", "CLEW_SHOP_SLOW", "CLEW_EXPORTER_QUEUE", "CLEW_RESOURCE_DETECTORS", "CLEW_UPDATE_GOLDEN",
            "PATH",
        ])
    func foreign(name: String) throws {
        _ = try reader(environment: [name: "x"])
    }

    @Test("an unknown variable is refused and the nearest one named")
    func unknownVariable() throws {
        let error = #expect(throws: StartupError.self) { try reader(environment: ["CLEW_OTLP_HTPT": "x"]) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains("CLEW_OTLP_HTPT") == true)
        #expect(error?.description.contains("did you mean CLEW_OTLP_HTTP?") == true)
    }

    @Test("an unknown key in a file is refused and the nearest one named")
    func unknownKey() throws {
        let error = #expect(throws: StartupError.self) { try reader(file: "datta: x\n") }
        #expect(error?.description.contains("did you mean data?") == true)
    }

    @Test("a file that is not a list of settings is refused", arguments: ["data: [a, b]\n", "{", "data: {a: b}\n"])
    func badFile(text: String) throws {
        #expect(throws: StartupError.self) { try DaemonConfiguration(reader(file: text)) }
    }

    @Test("a missing file is refused with its name")
    func missingFile() throws {
        let error = #expect(throws: StartupError.self) {
            try SettingsReader(flags: [:], environment: [:], file: "/nonexistent/clewd.yaml")
        }
        #expect(error?.code == .system)
        #expect(error?.description.contains("/nonexistent/clewd.yaml") == true)
    }

    @Test(
        "a value that cannot be read is refused with its setting and what was expected",
        arguments: [
            ("otlp-http", "localhost"), ("otlp-udp", "127.0.0.1:99999"), ("api", "http://127.0.0.1:1"),
            ("max-body", "0"), ("max-body", "16 MB"), ("max-connections", "-1"), ("read-timeout", "30"),
            ("idle-timeout", "0s"), ("retention", "7"), ("retention", "0s"), ("retention", "-1d"),
            ("retention", "1.5w"),
            ("retention", "99999999999999999999w"), ("retention", "101y"), ("max-disk", "20"), ("max-disk", "127MB"),
            ("shutdown-timeout", "2d"), ("log-level", "loud"), ("log-format", "xml"),
            ("data", ""),
        ])
    func badValue(name: String, value: String) throws {
        let error = #expect(throws: StartupError.self) { try DaemonConfiguration(reader(flags: [name: value])) }
        #expect(error?.code == .usage)
        #expect(error?.description.hasPrefix("--\(name): '\(value)' is not ") == true)
    }

    @Test("no two settings share a name, and each is described")
    func declarations() {
        #expect(Set(Settings.all.map(\.name)).count == Settings.all.count)
        #expect(Set(Settings.all.map(\.environmentName)).count == Settings.all.count)
        #expect(Settings.all.allSatisfy { !$0.help.isEmpty && !$0.expected.isEmpty })
    }

    @Test("every setting is a flag and is documented")
    func documentation() throws {
        let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/configuration.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let help = ClewdCommand.helpMessage(columns: 10_000)
        for setting in Settings.all {
            #expect(help.contains("--\(setting.name)"))
            #expect(text.contains("`\(setting.name)` | `\(setting.environmentName)` | `\(setting.defaultText)`"))
        }
    }
}

@Suite struct SettingFormTests {
    @Test(
        "addresses read back as they are written",
        arguments: ["127.0.0.1:4318", "localhost:0", "[::1]:65535", "[fe80::1%eth0]:1"])
    func addresses(text: String) {
        #expect(ListenAddress(text: text)?.description == text)
    }

    @Test(
        "what is no address is refused",
        arguments: ["", ":", ":80", "host", "host:", "host:-1", "host:65536", "::1:80", "[]:80", "a/b:80", "host:8O"])
    func noAddress(text: String) {
        #expect(ListenAddress(text: text) == nil)
    }

    @Test(
        "sizes",
        arguments: [
            ("1", 1), ("2KiB", 2048), ("3MiB", 3 << 20), ("1GiB", 1 << 30), ("5B", 5), ("20GB", 20_000_000_000),
            ("1kB", 1000),
        ])
    func sizes(text: String, bytes: Int) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(
        "how long telemetry is kept",
        arguments: [("36h", 129_600), ("7d", 604_800), ("2w", 1_209_600), ("36500d", 3_153_600_000)])
    func retention(text: String, seconds: Int) {
        #expect(Retention(text: text)?.duration == .seconds(seconds))
    }

    @Test("retention and the disk can be without limit, which is the default")
    func unlimited() throws {
        for text in ["forever", "0"] { #expect(Retention(text: text) != nil && Retention(text: text)?.duration == nil) }
        for text in ["unlimited", "0"] { #expect(DiskLimit(text: text) != nil && DiskLimit(text: text)?.bytes == nil) }
        #expect(DiskLimit(text: "20GB")?.bytes == 20_000_000_000)
        let settings = try DaemonConfiguration(SettingsReader(flags: [:], environment: [:], file: nil))
        #expect(settings.retention.duration == nil && settings.maximumDisk.bytes == nil)
    }

    @Test("what is no size is refused", arguments: ["", "0", "-1", "1.5MiB", "MiB", "1mb", "1 MB", "9999999999GiB"])
    func noSize(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }

    @Test(
        "the distance of words counts edits",
        arguments: [("", "", 0), ("a", "", 1), ("data", "datta", 1), ("kitten", "sitting", 3)])
    func distance(left: String, right: String, edits: Int) {
        #expect(EditDistance.between(left, right) == edits)
        #expect(EditDistance.between(right, left) == edits)
    }

    @Test("a log line is one line, whatever the message")
    func logLine() throws {
        let text = LineLogHandler.text("T", .info, "one\ntwo", ["b": "2", "a": "1\n2"])
        #expect(text == "T info one two a=1 2 b=2")
        let json = LineLogHandler.json("T", .info, "one\ntwo", ["level": "forged"])
        #expect(json == #"{"level":"info","message":"one\ntwo","time":"T"}"#)
    }
}
