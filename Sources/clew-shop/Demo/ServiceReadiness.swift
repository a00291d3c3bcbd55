import AsyncHTTPClient
import ClewDemoShop
import Foundation
import NIOCore
import NIOHTTP1

/// Waits until services know an instance of each service that they call.
struct ServiceReadiness: Sendable {
    private static let pollInterval = Duration.milliseconds(50)

    /// `HOST:PORT`.
    let addresses: [String]

    /// - Throws: ``ShopError/Code/startFailed`` when the time passes first.
    func wait(within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        for address in addresses {
            while try await !isReady(address) {
                guard ContinuousClock.now < deadline else {
                    throw ShopError(.startFailed, "the service at \(address) found no instance of all that it calls")
                }
                try await Task.sleep(for: Self.pollInterval)
            }
        }
    }

    private func isReady(_ address: String) async throws -> Bool {
        try Task.checkCancellation()
        let request = HTTPClientRequest(url: "http://\(address)/readyz")
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(2)) else { return false }
        _ = try? await response.body.collect(upTo: 1 << 16)
        return response.status == .ok
    }
}
