import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("A disk that cannot be written")
    struct DiskTests {
        static let protobuf = ["Content-Type": "application/x-protobuf"]

        @Test(
            "a full disk stops intake with 503, loses and doubles nothing, and intake resumes when there is space",
            .enabled(if: Faults.isLinux), arguments: ["load", "days", "start"]
        )
        func fullFaultFS(scenario: String) async throws {
            try await Faults.expect("full_disk.py", Faults.seed, scenario)
        }

        @Test(
            "a full file system stops intake with 503, loses nothing acknowledged, and intake resumes",
            .enabled(if: Collector.canMount, "needs root and mount namespaces")
        )
        func fullDisk() async throws {
            let collector = try await Collector.start(
                onFileSystemOf: 12, preparation: "head -c 8000000 /dev/zero > ballast; mkdir data")
            var acknowledged: [[UInt8]] = []
            var refusal: Collector.Answer?
            for _ in 0..<2000 where refusal == nil {
                let body = OTLP.encode(TestSpans.trace(spans: 500))
                let answer = try await collector.post("/v1/traces", body, Self.protobuf)
                if answer.status == 200 { acknowledged.append(body) } else { refusal = answer }
            }
            let answer = try #require(refusal, "the disk never filled")
            #expect(answer.status == 503, "\(answer.text)")
            #expect(answer.headers["retry-after"] != nil)
            #expect(answer.text.contains("full"), "\(answer.text)")
            #expect(try await collector.get("/healthz").status == 200)
            for body in acknowledged { try await expectStored(body, collector) }

            try FileManager.default.removeItem(
                atPath: "/proc/\(collector.process.pid)/root\(collector.directory)/ballast")
            let body = OTLP.encode(TestSpans.trace(spans: 500))
            _ = try await eventually("intake resumes") {
                try await collector.post("/v1/traces", body, Self.protobuf).status == 200 ? true : nil
            }
            try await expectStored(body, collector)
            try await collector.stop()
        }

        private func expectStored(_ body: [UInt8], _ collector: Collector) async throws {
            let spans = try OTLP.decodeTraces(body)
            let answer = try await collector.get("/api/v1/traces/\(spans[0].traceID.hex)")
            let stored = try OTLP.decodeTraces(OTLPJSON.toProtobuf(answer.body, .traces))
            #expect(stored.count == spans.count)
        }

        @Test(
            "a read-only data directory is refused at the start, in one sentence",
            .enabled(if: Collector.canMount, "needs root and mount namespaces")
        )
        func readOnly() async throws {
            await #expect {
                _ = try await Collector.start(
                    onFileSystemOf: 2, preparation: "mkdir data; mount -o remount,ro tmpfs \"$PWD\"")
            } throws: { error in
                let text = "\(error)"
                return text.contains("data") && text.contains("read only") && !text.contains("Fatal error")
            }
        }
    }
}
