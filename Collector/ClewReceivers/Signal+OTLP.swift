import ClewModel
import ClewWire

extension Signal {
    /// The export request of this signal.
    var request: OTLPMessage {
        switch self {
        case .traces: .traces
        case .logs: .logs
        case .metrics: .metrics
        }
    }
}
