public import Foundation

/// How one service of the shop is to be run.
public struct ServeOptions: Sendable {
    /// What `service.version` says of all but canaries.
    public static let standardVersion = "1.0.0"
    /// Far more than the demo has; a typing error is more.
    public static let mostInstances = 100

    public var name: ServiceName
    /// Which of the service's instances it is, from 1.
    public var instance: Int
    public var version: String
    public var host: String
    /// 0 takes a free port.
    public var port: Int
    /// Where instances of callees listen, before the registry answers. Without a registry a callee that is absent is
    /// expected at its default port on loopback.
    public var upstreams: [UpstreamAddress]
    /// Where instances are found, and this one is registered; `nil` for no registry.
    public var registry: ServerURL?
    public var broker: BrokerAddress
    /// Where the service keeps its SQLite file; instances of one service share it.
    public var dataDirectory: URL
    public var faults: [Fault]
    public var switches: Set<ShopSwitch>
    /// The patterns that are left out.
    public var without: Set<ShopPattern>
    /// How many requests a gateway takes at once; `nil` for its own default. Other services do not count theirs.
    public var capacity: Int?
    /// Seeds the faults' dice; by default they are random.
    public var seed: UInt64?

    public init(
        name: ServiceName,
        instance: Int = 1,
        version: String = Self.standardVersion,
        host: String = "127.0.0.1",
        port: Int? = nil,
        upstreams: [UpstreamAddress] = [],
        registry: ServerURL? = nil,
        broker: BrokerAddress = .standard,
        dataDirectory: URL,
        faults: [Fault] = [],
        switches: Set<ShopSwitch> = [],
        without: Set<ShopPattern> = [],
        capacity: Int? = nil,
        seed: UInt64? = nil
    ) {
        self.name = name
        self.instance = instance
        self.version = version
        self.host = host
        self.port = port ?? name.defaultPort
        self.upstreams = upstreams
        self.registry = registry
        self.broker = broker
        self.dataDirectory = dataDirectory
        self.faults = faults
        self.switches = switches
        self.without = without
        self.capacity = capacity
        self.seed = seed
    }

    /// The instances of callees that are known at the start.
    var seeds: [UpstreamAddress] {
        guard registry == nil else { return upstreams }
        let named = Set(upstreams.map(\.name))
        return upstreams
            + name.upstreams.filter { !named.contains($0) }.map { UpstreamAddress(name: $0, port: $0.defaultPort) }
    }
}
