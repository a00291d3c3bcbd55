import ClewReceivers
import ServiceLifecycle

/// Receives datagrams until graceful shutdown, which stores what has come.
struct DatagramListener: Service {
    var address: ListenAddress
    var receiver: OTLPDatagramReceiver

    func run() async throws {
        do {
            try await receiver.run()
        } catch {
            throw StartupError(binding: address, Settings.otlpUDP, error)
        }
    }
}
