import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Testing

extension Integration {
    @Suite("Services of another make: OpenTelemetry for Python")
    struct ForeignServiceTests {
        @Test("a Python service between two of ours keeps one trace, its baggage and the correlation id")
        func between() async throws {
            let collector = try await Collector.start()
            let recorder = try await Script.start("between.py", "record")
            let second = try await gateway("second", catalog: recorder.port, collector.otlp)
            let python = try await Script.start("between.py", "pass", "http://127.0.0.1:\(second.port)", collector.otlp)
            let first = try await gateway("first", catalog: python.port, collector.otlp)

            var request = HTTPClientRequest(url: "http://127.0.0.1:\(first.port)/products")
            request.headers.add(name: "baggage", value: "tenant=acme%2Fcaf%C3%A9, tier = gold")
            let answer = try await Collector.send(request)
            #expect(answer.text == "[]")
            for service in [first, second] {
                service.process.terminate()
                #expect(await service.process.status() == 0, "\(service.process.errors)")
            }

            let lines = recorder.process.output.split(separator: "\n").dropFirst()
            #expect(lines.count == 1)
            let received = try JSONDecoder().decode([String: String].self, from: Data(try #require(lines.first).utf8))
            let correlation = try #require(answer.headers["x-correlation-id"])
            let baggage = Set(try #require(received["baggage"]).split(separator: ",").map { String($0) })
            #expect(baggage == ["tenant=acme/caf%C3%A9", "tier=gold", "hop=python"])
            // Nobody brought an id, so it is the trace's: the same for all, also beyond a service that does not know of it.
            #expect(received["x-correlation-id"] == correlation)

            let parent = try #require(received["traceparent"]).split(separator: "-")
            let trace = try await Program.clew("trace", String(parent[1]), "--api", collector.api, "--json")
            let spans = try JSONDecoder().decode(Trace.self, from: Data(trace.output.utf8)).spans
            #expect(spans.count == 6, "\(trace.output)\(trace.errors)")
            // From the recorder's caller up to the first service.
            var (path, id) = ([String](), String(parent[2]) as String?)
            while let span = spans.first(where: { $0.id == id }) {
                path.append("\(span.service) \(span.kind)")
                id = span.parent
            }
            #expect(path == ["second 3", "second 2", "between 3", "between 2", "first 3", "first 2"])
            try await collector.stop()
        }

        @Test(
            "a plain OTLP receiver can parse every request",
            arguments: ["http/protobuf", "http/json"], ["none", "gzip"])
        func plainReceiver(form: String, compression: String) async throws {
            let receiver = try await Script.start("receiver.py")
            let data = Collector.freshDirectory()
            defer { try? FileManager.default.removeItem(atPath: data) }
            let service = try await Script.shop(
                ["catalog", "--data", data],
                [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(receiver.port)",
                    "OTEL_EXPORTER_OTLP_PROTOCOL": form, "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
                    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16",
                ])
            for index in 0..<40 {
                let id = index % 4 == 0 ? "nothing" : "p-07"
                let request = HTTPClientRequest(url: "http://127.0.0.1:\(service.port)/products/\(id)")
                #expect(try await Collector.send(request).status == (index % 4 == 0 ? 404 : 200))
            }
            service.process.terminate()
            #expect(await service.process.status() == 0, "\(service.process.errors)")
            receiver.process.terminate()
            #expect(await receiver.process.status() == 0, "\(receiver.process.errors)")

            let summary = try #require(receiver.process.output.split(separator: "\n").last)
            let found = try JSONDecoder().decode(Found.self, from: Data(summary.utf8))
            #expect(found.errors.isEmpty)
            #expect(found.spans == ["GET /products/{id}": 40, "SELECT products": 40])
            #expect(found.records.values.reduce(0, +) >= 40)
            #expect(found.metrics["http.server.request.duration"] ?? 0 > 0)
            #expect(found.metrics["db.client.operation.duration"] ?? 0 > 0)
            let type = form == "http/json" ? "application/json" : "application/x-protobuf"
            #expect(
                Set(found.requests.keys)
                    == Set(["traces", "logs", "metrics"].map { "/v1/\($0) \(type) \(compression)" }))
            #expect(found.requests["/v1/traces \(type) \(compression)"] ?? 0 >= 5)
        }

        private func gateway(_ name: String, catalog port: Int, _ collector: String) async throws -> Script {
            try await Script.shop(
                ["gateway", "--upstream", "catalog=127.0.0.1:\(port)"],
                ["OTEL_SERVICE_NAME": name, "OTEL_EXPORTER_OTLP_ENDPOINT": collector])
        }
    }
}

/// A process that listens, and says where in its first line of JSON.
private struct Script {
    let process: RunningProcess
    let port: Int

    private struct Line: Decodable {
        var port: Int?
        var address: String?
    }

    static func start(_ script: String, _ arguments: String...) async throws -> Script {
        let path = Program.repository.appending(path: "Tests/Integration/Python/\(script)").path
        return try await listening(RunningProcess(Program.python, [path] + arguments))
    }

    /// One service of the shop.
    static func shop(_ arguments: [String], _ environment: [String: String]) async throws -> Script {
        try await listening(
            RunningProcess(
                Program.path("clew-shop"), ["serve"] + arguments + ["--port", "0"], environment: environment))
    }

    private static func listening(_ process: RunningProcess) async throws -> Script {
        let port: Int = try await eventually("a program says where it listens") {
            guard process.isRunning else { throw TestFailure("it ended: \(process.errors)") }
            for text in process.output.split(separator: "\n").dropLast(process.output.hasSuffix("\n") ? 0 : 1) {
                guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { continue }
                if let port = line.port ?? line.address?.split(separator: ":").last.flatMap({ Int($0) }) { return port }
            }
            return nil
        }
        return Script(process: process, port: port)
    }
}

/// What the receiver found, by name.
private struct Found: Decodable {
    var requests: [String: Int]
    var spans: [String: Int]
    var records: [String: Int]
    var metrics: [String: Int]
    var errors: [String]
}

/// The little of OTLP/JSON that tells who called whom.
private struct Trace: Decodable {
    struct Span {
        var service: String
        var kind: Int
        var id: String
        var parent: String?
    }

    private struct Value: Decodable { var stringValue: String? }

    private struct Attribute: Decodable {
        var key: String
        var value: Value
    }

    private struct Item: Decodable {
        var spanId: String
        var parentSpanId: String?
        var kind: Int
    }

    private struct Scope: Decodable { var spans: [Item] }

    private struct Resource: Decodable { var attributes: [Attribute] }

    private struct Group: Decodable {
        var resource: Resource
        var scopeSpans: [Scope]
    }

    private var resourceSpans: [Group]

    var spans: [Span] {
        resourceSpans.flatMap { group in
            let service = group.resource.attributes.first { $0.key == "service.name" }?.value.stringValue ?? ""
            return group.scopeSpans.flatMap(\.spans).map {
                Span(service: service, kind: $0.kind, id: $0.spanId, parent: $0.parentSpanId)
            }
        }
    }
}
