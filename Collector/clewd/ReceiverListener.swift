import ServiceLifecycle

/// Runs a receiver until graceful shutdown, and says what to do where it cannot listen.
struct ReceiverListener<Receiver: Service>: Service {
    var setting: Setting<ListenAddress>
    var address: ListenAddress
    var receiver: Receiver

    func run() async throws {
        do {
            try await receiver.run()
        } catch {
            throw StartupError(binding: address, setting, error)
        }
    }
}
