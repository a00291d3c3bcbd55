import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The routes that no telemetry sees: `GET /healthz` and `/readyz`, and `GET` and `POST` of `/admin/faults` and
/// `/admin/switches`.
///
/// A posted set replaces the one in force, here and at every other instance: one call at the gateway reaches all.
struct AdminRoutes: Sendable {
    /// The body of both directions: faults as ``Fault/init(parsing:)`` reads them.
    struct FaultList: ResponseCodable {
        var faults: [String]
    }

    /// The body of both directions: names of ``ShopSwitch``, and of each ``ShopPattern`` that is left out.
    struct SwitchList: ResponseCodable {
        var switches: [String]
        /// Absent from a request that leaves it as it is.
        var without: [String]?
    }

    let faults: FaultBoard
    let switches: Switches
    let callees: Callees
    /// `nil` where nobody else is to be told.
    let peers: AdminPeers?

    init(_ environment: ServiceEnvironment, peers: AdminPeers? = nil) {
        faults = environment.faults
        switches = environment.switches
        callees = environment.callees
        self.peers = peers
    }

    func add(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/readyz") { _, _ in
            let missing = callees.missing
            guard missing.isEmpty else {
                throw HTTPError(.serviceUnavailable, message: "no instance is known of \(missing)")
            }
            return "ok\n"
        }
        addFaults(to: router)
        addSwitches(to: router)
    }

    private func addFaults(to router: Router<BasicRequestContext>) {
        router.get("/admin/faults") { _, _ in currentFaults }
        router.post("/admin/faults") { request, context in
            let list = try await request.decode(as: FaultList.self, context: context)
            do throws(ShopError) {
                faults.replace(with: try Fault.list(parsing: list.faults))
            } catch {
                throw HTTPError(.badRequest, message: error.message)
            }
            try await peers?.pass(list, to: "/admin/faults", after: request)
            context.logger.info("faults replaced", metadata: ["faults": "\(list.faults)"])
            return currentFaults
        }
    }

    private func addSwitches(to router: Router<BasicRequestContext>) {
        router.get("/admin/switches") { _, _ in currentSwitches }
        router.post("/admin/switches") { request, context in
            let list = try await request.decode(as: SwitchList.self, context: context)
            do throws(ShopError) {
                let without = try list.without.map { names throws(ShopError) in try ShopPattern.set(parsing: names) }
                switches.replace(with: try ShopSwitch.set(parsing: list.switches), without: without)
            } catch {
                throw HTTPError(.badRequest, message: error.message)
            }
            try await peers?.pass(list, to: "/admin/switches", after: request)
            context.logger.info(
                "switches replaced", metadata: ["switches": "\(list.switches)", "without": "\(list.without ?? [])"])
            return currentSwitches
        }
    }

    private var currentFaults: FaultList { FaultList(faults: faults.faults.map(\.description)) }
    private var currentSwitches: SwitchList {
        SwitchList(
            switches: switches.on.map(\.rawValue).sorted(), without: switches.without.map(\.rawValue).sorted())
    }
}
