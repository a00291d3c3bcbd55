import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Testing

extension Integration {
    @Suite("A service that Prometheus scrapes")
    struct PrometheusTests {
        struct Bound: Decodable {
            var address: String
        }

        @Test(
            "is read by the parsers of Prometheus's own client in both formats",
            arguments: ["explicit_bucket_histogram", "base2_exponential_bucket_histogram"])
        func scraped(histograms: String) async throws {
            let free = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(free.localAddress?.port)
            try await free.close()
            let data = Collector.freshDirectory()
            defer { try? FileManager.default.removeItem(atPath: data) }
            let service = try RunningProcess(
                Program.path("clew-shop"), ["serve", "catalog", "--port", "0", "--data", data],
                environment: [
                    "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
                    "OTEL_METRICS_EXPORTER": "prometheus", "OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1",
                    "OTEL_EXPORTER_PROMETHEUS_PORT": String(port), "CLEW_RUNTIME_METRICS": "true",
                    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": histograms,
                    "OTEL_RESOURCE_ATTRIBUTES": "note=%22quoted%22%5C%0A",
                ])
            let bound: Bound = try await eventually("the service says where it listens") {
                guard service.isRunning else { throw TestFailure("it ended: \(service.errors)") }
                let lines = service.output.split(separator: "\n").filter { $0.contains(#""address""#) }
                return lines.first.flatMap { try? JSONDecoder().decode(Bound.self, from: Data($0.utf8)) }
            }
            for path in ["/products", "/products/p-07", "/nowhere"] {
                let request = HTTPClientRequest(url: "http://\(bound.address)\(path)")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
                _ = try await response.body.collect(upTo: 1 << 20)
            }
            let result = try await Program.script("scrape.py", ["http://127.0.0.1:\(port)/metrics"])
            #expect(result.status == 0, "\(result.errors)")
            let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            for format in ["text", "openmetrics"] {
                let families = Dictionary(lines.filter { $0.first == format }.map { ($0[1], $0) }) { $1 }
                #expect(families["http_server_request_duration_seconds"]?[2] == "histogram", "\(result.output)")
                #expect(families["process_cpu_time_seconds"]?[2] == "counter")
                #expect(families["process_memory_usage_bytes"]?[2] == "gauge")
            }
            let durations = lines.first { $0.prefix(2) == ["openmetrics", "db_client_operation_duration_seconds"] }
            #expect(durations?[3] == "seconds")
            #expect((durations?.last.flatMap { Int($0) } ?? 0) > 0, "no exemplars: \(result.output)")
            service.terminate()
            #expect(await service.status() == 0)
        }
    }
}
