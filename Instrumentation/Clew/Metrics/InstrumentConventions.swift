import ClewModel

/// What swift-metrics cannot say of an instrument, for the names of the conventions.
enum InstrumentConventions {
    static func unit(of name: String, _ form: InstrumentForm) -> String {
        form == .timer ? "s" : SemanticConventions.metricUnits[name] ?? ""
    }

    static func description(of name: String) -> String { descriptions[name] ?? "" }

    /// Upper bounds for a histogram: those of the conventions for durations, else the SDK's default.
    static func bounds(of name: String, _ form: InstrumentForm, unit: String) -> [Double] {
        if name == SemanticConventions.dbClientOperationDuration { return SemanticConventions.dbDurationBuckets }
        if unit == "By" { return SemanticConventions.byteSizeBuckets }
        return form == .timer || unit == "s" ? SemanticConventions.httpDurationBuckets : defaultBounds
    }

    /// Attributes that the conventions define as integers.
    static let integerKeys: Set<String> = [
        SemanticConventions.httpResponseStatusCode, SemanticConventions.serverPort,
        SemanticConventions.rpcGRPCStatusCode,
    ]

    private static let descriptions: [String: String] = [
        SemanticConventions.httpServerRequestDuration: "Duration of HTTP server requests.",
        SemanticConventions.httpServerActiveRequests: "Number of active HTTP server requests.",
        SemanticConventions.httpClientRequestDuration: "Duration of HTTP client requests.",
        SemanticConventions.dbClientOperationDuration: "Duration of database client operations.",
    ]

    /// Source: OpenTelemetry Metrics SDK, "Explicit Bucket Histogram Aggregation".
    private static let defaultBounds: [Double] = [
        0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
    ]
}
