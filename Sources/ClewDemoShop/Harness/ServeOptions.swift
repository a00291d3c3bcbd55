public import Foundation

/// How one service of the shop is to be run.
public struct ServeOptions: Sendable {
    public var name: ServiceName
    public var host: String
    /// 0 takes a free port.
    public var port: Int
    /// Where callees listen; one that is absent is expected at its default port on loopback.
    public var upstreams: [ServiceName: UpstreamAddress]
    /// Where the service keeps its SQLite file.
    public var dataDirectory: URL
    public var faults: [Fault]
    /// Seeds the faults' dice; by default they are random.
    public var seed: UInt64?

    public init(
        name: ServiceName,
        host: String = "127.0.0.1",
        port: Int? = nil,
        upstreams: [ServiceName: UpstreamAddress] = [:],
        dataDirectory: URL,
        faults: [Fault] = [],
        seed: UInt64? = nil
    ) {
        self.name = name
        self.host = host
        self.port = port ?? name.defaultPort
        self.upstreams = upstreams
        self.dataDirectory = dataDirectory
        self.faults = faults
        self.seed = seed
    }
}
