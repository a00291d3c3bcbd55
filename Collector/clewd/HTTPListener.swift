import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves HTTP on one address until graceful shutdown, which lets the requests in progress finish.
struct HTTPListener<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    var setting: Setting<ListenAddress>
    var address: ListenAddress
    var responder: Responder
    var maximumConnections: Int
    var idleTimeout: Duration
    var logger: Logger
    var onBound: @Sendable (ListenAddress) -> Void

    func run() async throws {
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: TimeAmount(idleTimeout))),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(maximumConnections, logger: logger)),
            onServerRunning: { [address, onBound] channel in
                onBound(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            },
            logger: logger)
        do {
            try await application.run()
        } catch {
            throw StartupError(binding: address, setting, error)
        }
    }
}

extension StartupError {
    /// Why a socket could not be opened, and what to do about it.
    init(binding address: ListenAddress, _ setting: Setting<ListenAddress>, _ error: any Error) {
        let flag = "--\(setting.name)"
        let message =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE?:
                "\(address) is in use by another process: stop that one or choose another address with \(flag)"
            case EACCES?:
                "\(address) may not be opened by this user: choose a port above 1023 with \(flag)"
            case EADDRNOTAVAIL?:
                "this machine has no address \(address.host): choose one that it has with \(flag)"
            default:
                "cannot listen on \(address): \(error); choose another address with \(flag)"
            }
        self.init(.system, message, cause: error)
    }
}
