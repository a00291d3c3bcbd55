import ClewModel
import FoundationEssentials

/// What this process knows of itself.
enum ResourceDetector {
    /// Detected attributes, overridden by those of the configuration.
    static func resource(_ configuration: Telemetry.Configuration) -> Resource {
        let process = ProcessInfo.processInfo
        var attributes: Attributes = [
            Attribute(SemanticConventions.serviceName, .string(configuration.service)),
            Attribute(SemanticConventions.serviceInstanceID, .string(instanceID)),
            Attribute(SemanticConventions.telemetrySDKName, "clew"),
            Attribute(SemanticConventions.telemetrySDKLanguage, "swift"),
            Attribute(SemanticConventions.telemetrySDKVersion, .string(ClewVersion.current)),
            Attribute(SemanticConventions.hostName, .string(process.hostName)),
            Attribute(SemanticConventions.osType, .string(osType)),
            Attribute(SemanticConventions.processPID, .int(Int64(process.processIdentifier))),
            Attribute(SemanticConventions.processExecutableName, .string(process.processName)),
        ]
        for attribute in configuration.resourceAttributes { attributes[attribute.key] = attribute.value }
        return Resource(attributes: attributes, schemaURL: SemanticConventions.schemaURL)
    }

    /// One random id for the life of the process.
    private static let instanceID = UUID().uuidString.lowercased()

    private static var osType: String {
        #if os(Linux)
            "linux"
        #elseif canImport(Darwin)
            "darwin"
        #else
            "other"
        #endif
    }
}
