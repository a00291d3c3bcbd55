import Foundation
import Synchronization

/// Collects where the sockets listen, and tells once all do.
final class BoundAddresses: Sendable {
    enum Listener: String, CaseIterable, Sendable {
        case otlpHTTP = "otlp_http"
        case otlpUDP = "otlp_udp"
        case api
    }

    private let addresses = Mutex<[Listener: ListenAddress]>([:])
    private let onComplete: @Sendable ([Listener: ListenAddress]) -> Void

    /// - Parameter onComplete: Called once, when every listener is bound.
    init(onComplete: @escaping @Sendable ([Listener: ListenAddress]) -> Void) {
        self.onComplete = onComplete
    }

    func bound(_ listener: Listener, to address: ListenAddress) {
        let complete: [Listener: ListenAddress]? = addresses.withLock { addresses in
            addresses[listener] = address
            return addresses.count == Listener.allCases.count ? addresses : nil
        }
        if let complete { onComplete(complete) }
    }

    /// One line of JSON: `{"otlp_http":"127.0.0.1:4318","otlp_udp":"127.0.0.1:4319","api":"127.0.0.1:2539"}`.
    static func json(_ addresses: [Listener: ListenAddress]) -> String {
        let members = Listener.allCases.compactMap { listener in
            addresses[listener].map { "\"\(listener.rawValue)\":\"\($0)\"" }
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
