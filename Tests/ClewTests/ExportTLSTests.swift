import ClewModel
import ClewWire
import FoundationEssentials
import NIOSSL
import Testing
import Tracing

@testable import Clew

@Suite("Export over TLS", .timeLimit(.minutes(2)))
struct ExportTLSTests {
    /// Files in a directory, by the setting that names them.
    struct Files {
        var directory: String

        func write(_ name: String, _ text: String) throws -> String {
            let path = "\(directory)/\(name)"
            try Data(text.utf8).write(to: URL(filePath: path))
            return path
        }
    }

    func server(asksForClients: Bool = false) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.server.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificates.serverKey.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        if asksForClients {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.authority.utf8)))
        }
        return configuration
    }

    func telemetry(
        _ collector: RawCollector, _ more: [String: String], lines: CapturedLines = .init()
    ) throws -> Telemetry {
        let configuration = BadDayExportTests.configuration("https://localhost:\(collector.port)", more)
        #expect(configuration.warnings.isEmpty)
        return try Telemetry(configuration, output: lines.output)
    }

    func run(
        _ tls: TLSConfiguration, _ body: (RawCollector, Files) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await RawCollector.run(.always(RawCollector.http("200 OK")), tls: tls) { collector in
                try await body(collector, Files(directory: directory))
            }
        }
    }

    @Test("a collector whose authority is named is sent to, one of another authority is not")
    func authority() async throws {
        try await run(try server()) { collector, files in
            let good = try telemetry(
                collector, ["OTEL_EXPORTER_OTLP_CERTIFICATE": try files.write("ca.pem", TestCertificates.authority)])
            good.tracer.startSpan("a").end()
            #expect(await good.flush() == .sent)
            await good.shutdown()
            #expect(collector.bodies.count == 1)
            let bad = try telemetry(
                collector,
                [
                    // A signal's own setting wins over the common one.
                    "OTEL_EXPORTER_OTLP_CERTIFICATE": "\(files.directory)/ca.pem",
                    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE": try files.write("o.pem", TestCertificates.otherAuthority),
                ])
            bad.tracer.startSpan("b").end()
            #expect(await bad.flush() == .notSent)
            await bad.shutdown()
            #expect(bad.statistics.dropped(.traces, .unreachable) == 1)
            #expect(collector.bodies.count == 1)
        }
    }

    @Test("a collector that asks who is there is answered, and sends away who does not answer")
    func clients() async throws {
        try await run(try server(asksForClients: true)) { collector, files in
            let authority = try files.write("ca.pem", TestCertificates.authority)
            let known = try telemetry(
                collector,
                [
                    "OTEL_EXPORTER_OTLP_CERTIFICATE": authority,
                    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": try files.write("c.pem", TestCertificates.client),
                    "OTEL_EXPORTER_OTLP_CLIENT_KEY": try files.write("c.key", TestCertificates.clientKey),
                ])
            known.tracer.startSpan("a").end()
            #expect(await known.flush() == .sent)
            await known.shutdown()
            let stranger = try telemetry(
                collector, ["OTEL_EXPORTER_OTLP_CERTIFICATE": authority, "CLEW_SHUTDOWN_TIMEOUT": "300"])
            stranger.tracer.startSpan("b").end()
            #expect(await stranger.flush() == .notSent)
            await stranger.shutdown()
            #expect(stranger.statistics.totalDropped == 1)
            #expect(collector.bodies.count == 1)
        }
    }

    @Test("files that cannot be used are named, and nothing is sent without what they were to secure")
    func unusableFiles() async throws {
        try await run(try server()) { collector, files in
            let authority = try files.write("ca.pem", TestCertificates.authority)
            let certificate = try files.write("c.pem", TestCertificates.client)
            let broken = try files.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            let cases: [(named: String, more: [String: String])] = [
                ("/nowhere/ca.pem", ["CERTIFICATE": "/nowhere/ca.pem"]),
                (broken, ["CERTIFICATE": broken]),
                (files.directory, ["CERTIFICATE": files.directory]),
                (certificate, ["CERTIFICATE": authority, "CLIENT_CERTIFICATE": certificate]),
                ("/x.key", ["CERTIFICATE": authority, "CLIENT_KEY": "/x.key"]),
                (
                    "/nowhere/c.key",
                    ["CERTIFICATE": authority, "CLIENT_CERTIFICATE": certificate, "CLIENT_KEY": "/nowhere/c.key"]
                ),
                (
                    "wrong.key",
                    [
                        "CERTIFICATE": authority, "CLIENT_CERTIFICATE": certificate,
                        "CLIENT_KEY": try files.write("wrong.key", TestCertificates.serverKey),
                    ]
                ),
            ]
            for (named, more) in cases {
                let lines = CapturedLines()
                let settings = Dictionary(
                    uniqueKeysWithValues: more.map { ("OTEL_EXPORTER_OTLP_\($0.key)", $0.value) })
                let telemetry = try telemetry(collector, settings, lines: lines)
                #expect(lines.lines.contains { $0.contains(named) && $0.contains("no traces are sent") }, "\(named)")
                telemetry.tracer.startSpan("a").end()
                #expect(await telemetry.flush() == .notSent)
                await telemetry.shutdown()
                #expect(telemetry.statistics.totalDropped == 1)
            }
            #expect(collector.bodies.isEmpty)
        }
    }

    @Test("a file that appears later is found")
    func lateFile() async throws {
        try await run(try server()) { collector, files in
            let telemetry = try telemetry(
                collector, ["OTEL_EXPORTER_OTLP_CERTIFICATE": "\(files.directory)/ca.pem"])
            telemetry.tracer.startSpan("a").end()
            #expect(await telemetry.flush() == .notSent)
            _ = try files.write("ca.pem", TestCertificates.authority)
            await telemetry.shutdown()
            #expect(telemetry.statistics.exported[.traces] == 1)
        }
    }

    @Test("without https certificates are not asked for")
    func plain() async throws {
        try await RawCollector.run(.always(RawCollector.http("200 OK"))) { collector in
            let telemetry = try Telemetry(
                BadDayExportTests.configuration(
                    "http://127.0.0.1:\(collector.port)", ["OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere/ca.pem"]),
                output: CapturedLines().output)
            telemetry.tracer.startSpan("a").end()
            #expect(await telemetry.flush() == .sent)
            await telemetry.shutdown()
        }
    }
}
