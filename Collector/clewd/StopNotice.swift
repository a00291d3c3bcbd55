import ServiceLifecycle

/// Tells that graceful shutdown has begun; as the last service it hears of it first.
struct StopNotice: Service {
    var onStop: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        onStop()
    }
}
