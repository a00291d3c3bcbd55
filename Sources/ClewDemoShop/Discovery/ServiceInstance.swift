import Clew

/// One running instance of a service, as the registry knows it.
struct ServiceInstance: Codable, Hashable, Sendable {
    var service: ServiceName
    /// From 1.
    var instance: Int
    var version: String
    var host: String
    var port: Int

    var address: HostAndPort { HostAndPort(host: host, port: port) }
    var url: String { "http://\(host):\(port)" }
    /// As `service.instance.id` has it.
    var id: String { "\(service)-\(instance)" }
}
