public import Clew
import HTTPTypes
public import Hummingbird
import NIOCore

extension RouterMethods {
    /// Adds a route at which Prometheus reads the metrics of a service.
    ///
    /// ```swift
    /// router.addMetricsRoute(telemetry)
    /// ```
    ///
    /// Added before ``ClewMiddleware``, it is not itself measured. It shows what the service does to everybody who can
    /// reach it: where that is too much, listen on another port with `Telemetry.Configuration.prometheus`.
    @discardableResult
    public func addMetricsRoute(_ telemetry: Telemetry, at path: RouterPath = "/metrics") -> Self {
        get(path) { request, _ in
            let text = await telemetry.prometheusText(accept: request.headers[.accept])
            return Response(
                status: .ok, headers: [.contentType: text.contentType],
                body: .init(byteBuffer: ByteBuffer(bytes: text.body)))
        }
    }
}
