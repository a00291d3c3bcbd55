import Clew
import ClewModel
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// The registry as a process: which instances run, and where.
///
/// Only registrations are traced. What repeats every second, and says nothing new, would drown them.
final class RegistryService: ShopService {
    /// An instance that does not renew for so long is not there.
    static let lease = Duration.seconds(5)

    private let table: Mutex<RegistryTable>
    private let clock = TelemetryClock.system

    init(in environment: ServiceEnvironment) throws {
        table = Mutex(RegistryTable(lease: UInt64(clamping: Self.lease.nanoseconds), at: clock.monotonic()))
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/instances") { request, context in
            let instance = try await request.decode(as: ServiceInstance.self, context: context)
            let registration = try self.register(instance)
            context.logger.info(
                "registered", metadata: ["instance": "\(instance.id)", "address": "\(instance.host):\(instance.port)"])
            return EditedResponse(status: .created, response: registration)
        }
    }

    func addUnobservedRoutes(to router: Router<BasicRequestContext>) {
        router.get("/instances") { _, _ in self.instances }
        router.put("/leases/{lease}") { _, context in
            let name = try context.parameters.require("lease")
            let now = self.clock.monotonic()
            return self.table.withLock { $0.renew(name, at: now) } ? HTTPResponse.Status.noContent : .notFound
        }
        router.delete("/leases/{lease}") { _, context in
            let name = try context.parameters.require("lease")
            self.table.withLock { $0.release(name) }
            return HTTPResponse.Status.noContent
        }
    }

    private var instances: RegistryCalls.Instances {
        let now = clock.monotonic()
        return table.withLock { table in
            RegistryCalls.Instances(instances: table.instances(at: now), isComplete: table.isComplete(at: now))
        }
    }

    private func register(_ instance: ServiceInstance) throws -> RegistryCalls.Registration {
        guard (1...65535).contains(instance.port), (1...255).contains(instance.host.utf8.count) else {
            throw HTTPError(.badRequest, message: "'\(instance.host.prefix(40)):\(instance.port)' is no address")
        }
        let lease = UUID().uuidString.lowercased()
        let now = clock.monotonic()
        guard table.withLock({ $0.register(instance, lease: lease, at: now) }) else {
            throw HTTPError(.serviceUnavailable, message: "\(RegistryTable.mostInstances) instances are registered")
        }
        return RegistryCalls.Registration(lease: lease, seconds: Self.lease / .seconds(1))
    }
}
