import AsyncHTTPClient
import ClewModel
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends requests over a number of connections until all are acknowledged.
struct LoadRun: Sendable {
    /// Tries per request; 429 and 503 wait as long as `Retry-After` says.
    static let maximumTries = 20

    var target: String
    var templates: [RequestTemplate]
    var requests: Int

    func perform(connections: Int) async throws -> LoadReport {
        let progress = LoadProgress(requests: requests)
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    while let index = progress.next() {
                        // A bijection, so the ids of different requests differ.
                        let salt = SplitMix64.mix(UInt64(index + 1))
                        let body = ByteBuffer(bytes: templates[index % templates.count].request(salt: salt))
                        let began = clock.now
                        let retries = try await send(body)
                        let latency = UInt64(max(0, (clock.now - began).nanoseconds))
                        progress.acknowledge(latency, retries: retries, bytes: body.readableBytes)
                    }
                }
            }
            try await group.waitForAll()
        }
        let elapsed = Double((clock.now - start).nanoseconds) / 1e9
        let result = progress.totals
        let spans = (0..<requests).reduce(0) { $0 + templates[$1 % templates.count].spanCount }
        return LoadReport(
            spans: spans, requests: requests, seconds: elapsed, bytes: result.bytes, retries: result.retries,
            latencies: result.latencies
        )
    }

    /// - Returns: How often the request had to be sent again.
    private func send(_ body: ByteBuffer) async throws -> Int {
        for attempt in 0..<Self.maximumTries {
            var request = HTTPClientRequest(url: "\(target)/v1/traces")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-protobuf")
            request.body = .bytes(body)
            let response = try await answer(request)
            switch response.status.code {
            case 200: return attempt
            case 429, 503:
                let wait = response.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 1
                try await Task.sleep(for: .seconds(min(max(wait, 0), 30)))
            default: throw Failure(.failed, "\(target) answered with status \(response.status.code)")
            }
        }
        throw Failure(.failed, "\(target) refused a request \(Self.maximumTries) times")
    }

    private func answer(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            _ = try await response.body.collect(upTo: 1 << 20)
            return response
        } catch {
            throw Failure(.unavailable, "no collector answers at \(target); start one with 'clewd'")
        }
    }
}

/// Which request comes next and what the finished ones took, for all connections of a run.
private final class LoadProgress: Sendable {
    struct Totals {
        var latencies: [UInt64] = []
        var retries = 0
        var bytes = 0
    }

    private let requests: Int
    private let state = Mutex((next: 0, totals: Totals()))

    init(requests: Int) {
        self.requests = requests
    }

    var totals: Totals { state.withLock { $0.totals } }

    /// The number of the next request; `nil` when all are under way.
    func next() -> Int? {
        state.withLock { state in
            guard state.next < requests else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    func acknowledge(_ latency: UInt64, retries: Int, bytes: Int) {
        state.withLock { state in
            state.totals.latencies.append(latency)
            state.totals.retries += retries
            state.totals.bytes += bytes
        }
    }
}
