import Clew
import Logging
import ServiceLifecycle
import Tracing

/// Tells the registry of this instance as long as it runs, and this process of the instances that it calls.
///
/// A registry that does not answer changes nothing: what was known last is called.
final class Discovery: Service {
    private static let heartbeat = Duration.seconds(2)
    /// Each attempt to register is a trace.
    private static let retryInterval = Duration.milliseconds(500)
    private static let pollInterval = Duration.seconds(1)
    /// As long as a callee is missing, its absence is felt.
    private static let hastyInterval = Duration.milliseconds(100)

    private let registry: RegistryClient
    private let callees: Callees
    private let logger: Logger
    private let started = AsyncStream.makeStream(of: ServiceInstance.self, bufferingPolicy: .bufferingNewest(1))

    init(registry: RegistryClient, callees: Callees, logger: Logger) {
        self.registry = registry
        self.callees = callees
        self.logger = logger
    }

    /// The server listens: from now on this instance may be called.
    func listening(_ instance: ServiceInstance) {
        started.continuation.yield(instance)
        started.continuation.finish()
    }

    /// Until graceful shutdown or cancellation; then this instance is out of the registry before it stops to answer.
    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { [self] in
                try await withThrowingDiscardingTaskGroup { group in
                    group.addTask { try await self.stayRegistered() }
                    group.addTask { try await self.follow() }
                }
            }
        } catch is CancellationError {}
    }

    private func stayRegistered() async throws {
        for await instance in started.stream {
            var lease: String?
            do {
                while true {
                    lease = await renewed(lease, instance)
                    try await Task.sleep(for: lease == nil ? Self.retryInterval : Self.heartbeat)
                }
            } catch {
                await release(lease)
                throw error
            }
        }
    }

    /// - Returns: `nil` where the instance has to be registered, and could not be.
    private func renewed(_ lease: String?, _ instance: ServiceInstance) async -> String? {
        if let lease {
            // One that does not answer may still know the lease; it says so when it answers again.
            guard let isKnown = try? await registry.renew(lease) else { return lease }
            if isKnown { return lease }
        }
        return try? await withSpan("register", context: .topLevel, ofKind: .internal) { _ in
            let lease = try await registry.register(instance)
            logger.info("registered", metadata: ["instance": "\(instance.id)"])
            return lease
        }
    }

    /// In a task of its own: a cancelled one sends nothing.
    private func release(_ lease: String?) async {
        guard let lease else { return }
        await Task { [registry] in try? await registry.release(lease) }.value
    }

    private func follow() async throws {
        while true {
            if let found = try? await registry.instances() { take(found) }
            try await Task.sleep(for: callees.missing.isEmpty ? Self.pollInterval : Self.hastyInterval)
        }
    }

    private func take(_ found: RegistryCalls.Instances) {
        let changed = callees.update(found.instances, isComplete: found.isComplete)
        guard !changed.isEmpty else { return }
        withSpan("instances changed", context: .topLevel, ofKind: .internal) { _ in
            let now = callees.instances.filter { changed.contains($0.service) }.map { "\($0.id)=\($0.host):\($0.port)" }
            logger.info("instances changed", metadata: ["instances": "\(now.joined(separator: " "))"])
        }
    }
}
