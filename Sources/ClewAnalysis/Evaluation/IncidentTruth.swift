/// What was wrong in an incident, as its `truth.json` has it.
public struct IncidentTruth: Hashable, Sendable, Codable {
    /// The ``fault`` of a window in which nothing was wrong.
    public static let noFault = "none"

    public var system: String
    /// When it began, `2022-08-23 12:18:23`; empty or absent where that is not known.
    public var injectedAt: String?
    /// The service at fault, or the first of ``services``; `nil` where nothing was wrong.
    public var service: String?
    /// The services at fault where they are several.
    public var services: [String]?
    public var pod: String?
    /// For example `network_delay`.
    public var fault: String
    /// The faults where they are several, each with its service, as `cpu catalog`.
    public var faults: [String]?
    /// What was unusual beside the fault: `skew`, `lost_spans`, `load`.
    public var noise: [String]?
    /// What the incident's window holds.
    public var spans: Int?
    public var logs: Int?

    public init(
        system: String, fault: String, services: [String], injectedAt: String? = nil, pod: String? = nil,
        faults: [String]? = nil, noise: [String]? = nil, spans: Int? = nil, logs: Int? = nil
    ) {
        self.system = system
        self.fault = fault
        service = services.first
        self.services = services.count > 1 ? services : nil
        self.injectedAt = injectedAt
        self.pod = pod
        self.faults = faults
        self.noise = noise
        self.spans = spans
        self.logs = logs
    }

    /// The services at fault; naming one of them is right.
    public var culprits: [String] {
        if fault == Self.noFault { return [] }
        return services ?? service.map { [$0] } ?? []
    }
}
