import AsyncHTTPClient
import ClewModel
import ClewWire
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

extension Integration {
    @Suite("A collector that is killed")
    struct CrashTests {
        static let rounds = 10
        static let connections = 4
        static let spansPerTrace = 40

        @Test("has every acknowledged span after a restart, ten times over, killed under load")
        func everyAcknowledgedSpanSurvives() async throws {
            let directory = Collector.freshDirectory()
            var acknowledged: [TraceID] = []
            for round in 1...Self.rounds {
                let collector = try await Collector.start(in: directory)
                acknowledged += try await loadUntilKilled(collector, afterAcknowledging: 20 * round)
                let status = await collector.process.status()
                #expect(status == -SIGKILL)
            }
            #expect(acknowledged.count >= Self.rounds * 20)

            let collector = try await Collector.start(in: directory)
            var missing: [TraceID] = []
            for id in acknowledged {
                var request = HTTPClientRequest(url: "\(collector.api)/api/v1/traces/\(id.hex)")
                request.headers.add(name: "Accept", value: "application/x-protobuf")
                let answer = try await Collector.send(request)
                let spans = answer.status == 200 ? try OTLP.decodeTraces(answer.body) : []
                if Set(spans.map(\.spanID)).count != Self.spansPerTrace { missing.append(id) }
            }
            #expect(missing.isEmpty, "\(missing.count) of \(acknowledged.count) acknowledged traces are not whole")
            try await collector.stop()
        }

        /// Sends traces over several connections and kills the collector while requests are in flight.
        private func loadUntilKilled(_ collector: Collector, afterAcknowledging goal: Int) async throws -> [TraceID] {
            let acknowledged = Acknowledged()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.connections {
                    group.addTask {
                        while collector.process.isRunning {
                            let spans = TestSpans.trace(spans: Self.spansPerTrace)
                            let headers = ["Content-Type": "application/x-protobuf"]
                            guard let answer = try? await collector.post("/v1/traces", OTLP.encode(spans), headers)
                            else {
                                return  // The connection broke: nothing was promised for this trace.
                            }
                            guard answer.status == 200 else { throw TestFailure("refused: \(answer.text)") }
                            if acknowledged.add(spans[0].traceID) == goal { collector.process.kill() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            return acknowledged.ids
        }
    }
}

private final class Acknowledged: Sendable {
    private let state = Mutex<[TraceID]>([])

    var ids: [TraceID] { state.withLock { $0 } }

    /// - Returns: How many there are now.
    func add(_ id: TraceID) -> Int {
        state.withLock { ids in
            ids.append(id)
            return ids.count
        }
    }
}
