import ClewAnalysis
import ClewModel
import NIOCore

extension DaemonSource {
    /// The trace itself can be shown without, so nobody should wait long for this.
    private static let baselineTimeout = TimeAmount.seconds(10)

    func baseline(of id: TraceID, window: UInt64?) async throws(Failure) -> OperationBaseline {
        let window = window ?? OperationBaseline.defaultWindow
        do {
            return try await json(
                "traces/\(id.hex)/baseline", [("window", "\(window)ns")], timeout: Self.baselineTimeout)
        } catch let failure where failure.code == .nothingFound {
            throw Failure(.failed, "this collector is of a version that does not compare traces")
        }
    }
}
