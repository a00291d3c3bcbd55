/// Why telemetry could not be set up.
///
/// Wrong settings are not errors: they are reported as warnings and replaced by their defaults, because a service must
/// not stay down over a typing error in its observability.
public struct TelemetryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// Neither the program nor `OTEL_SERVICE_NAME` names the service.
        public static let missingServiceName = Code(description: "missingServiceName")
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
