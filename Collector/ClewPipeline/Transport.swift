/// How telemetry reached the collector.
public enum Transport: String, Hashable, Sendable, CaseIterable {
    /// OTLP/HTTP.
    case http
    /// OTLP over UDP.
    case udp
}
