/// The messages that travel by themselves: requests, their answers, and the status in place of an answer.
public enum OTLPMessage: Hashable, Sendable, CaseIterable {
    /// `ExportTraceServiceRequest`, or a file's `TracesData`.
    case traces
    /// `ExportLogsServiceRequest`, or a file's `LogsData`.
    case logs
    /// `ExportMetricsServiceRequest`, or a file's `MetricsData`.
    case metrics
    case tracesResponse
    case logsResponse
    case metricsResponse
    /// `google.rpc.Status`, the body of an error answer.
    case status

    var type: MessageType {
        switch self {
        case .traces: .tracesData
        case .logs: .logsData
        case .metrics: .metricsData
        case .tracesResponse: .tracesResponse
        case .logsResponse: .logsResponse
        case .metricsResponse: .metricsResponse
        case .status: .status
        }
    }
}
