import AsyncHTTPClient
import NIOCore

/// The exporter's own HTTP client: untraced, so that exporting never makes telemetry of its own.
///
/// It belongs to its last owner: when that goes without calling ``shutdown()``, connections are still closed.
final class ExportHTTPClient: Sendable {
    let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tracing.tracer = nil
        configuration.timeout.connect = .seconds(5)
        // Attempts are repeated by the worker alone, which counts them and knows when to give up.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async {
        // The only error is a second shutdown, and that has nothing left to do.
        try? await client.shutdown()
    }

    deinit {
        client.shutdown { _ in }
    }
}
