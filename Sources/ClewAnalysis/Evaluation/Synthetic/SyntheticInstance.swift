import ClewModel

/// A process of a service.
struct SyntheticInstance: Sendable {
    /// The process that ``SyntheticFault/hotInstance`` slows.
    static let hotNumber = 2
    /// Requests until a new process is warm.
    static let coldRequests = 25

    var service: SyntheticService
    /// From 1.
    var number: Int
    var isNextVersion: Bool
    /// When it began to take requests; `nil` where it always did.
    var since: UnixNanoseconds?
    /// Requests taken.
    var served = 0
    /// What its telemetry carries.
    var resource: Resource
    /// The number of the host that it runs on.
    var host: Int

    init(_ service: SyntheticService, number: Int, isNextVersion: Bool = false, since: UnixNanoseconds? = nil) {
        self.service = service
        self.number = number
        self.isNextVersion = isNextVersion
        self.since = since
        host = (service.ordinal + 5 * number) % SyntheticFleet.hosts
        resource = Resource(attributes: [
            Attribute(SemanticConventions.serviceName, .string(service.rawValue)),
            Attribute(
                SemanticConventions.serviceVersion, .string(isNextVersion ? service.nextVersion : service.version)),
            Attribute(SemanticConventions.serviceInstanceID, .string("\(service.rawValue)-\(number)")),
            Attribute(SemanticConventions.hostName, .string("node-\(host + 1)")),
        ])
    }

    /// 1 at its first request, 0 when it is warm.
    var coldness: Double { max(0, 1 - Double(served) / Double(Self.coldRequests)) }
}
