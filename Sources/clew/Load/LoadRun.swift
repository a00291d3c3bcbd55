import AsyncHTTPClient
import ClewModel
import Foundation
import NIOCore
import Synchronization

/// Sends requests over a number of connections until all are acknowledged.
struct LoadRun: Sendable {
    /// Tries per request; 429 and 503 wait as long as `Retry-After` says.
    static let maximumTries = 20

    var target: String
    var templates: [RequestTemplate]
    var requests: Int

    private struct Progress {
        var next = 0
        var latencies: [UInt64] = []
        var retries = 0
        var bytes = 0
    }

    func perform(connections: Int) async throws -> LoadReport {
        let progress = Mutex(Progress())
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    while let index = progress.withLock({ $0.take(below: requests) }) {
                        // Any odd multiplier makes the salts of different requests differ; this one is SplitMix64's.
                        let salt = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
                        let body = ByteBuffer(bytes: templates[index % templates.count].request(salt: salt))
                        let began = clock.now
                        let retries = try await send(body)
                        let latency = UInt64(max(0, (clock.now - began).nanoseconds))
                        progress.withLock { $0.acknowledged(latency, retries: retries, bytes: body.readableBytes) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let elapsed = Double((clock.now - start).nanoseconds) / 1e9
        let result = progress.withLock { $0 }
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
            throw Failure(.unavailable, "no collector answers at \(target); start one with 'clewd' (\(error))")
        }
    }
}

extension LoadRun.Progress {
    fileprivate mutating func take(below limit: Int) -> Int? {
        guard next < limit else { return nil }
        next += 1
        return next - 1
    }

    fileprivate mutating func acknowledged(_ latency: UInt64, retries: Int, bytes: Int) {
        latencies.append(latency)
        self.retries += retries
        self.bytes += bytes
    }
}
