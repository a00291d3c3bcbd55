import ClewModel
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Something this process finds out about itself for its resource: `CLEW_RESOURCE_DETECTORS`.
///
/// `service.name` and `telemetry.sdk.*` are always there. Whatever cannot be found out is left out.
public enum ResourceDetector: String, Hashable, Sendable, CaseIterable {
    /// `service.instance.id`: a random id for the life of the process.
    case service
    /// `host.name`, `host.arch`; outside containers `host.id`, from `/etc/machine-id`.
    case host
    /// `os.type`; `os.name`, `os.version` and `os.description` from `/etc/os-release`.
    case os
    /// `process.pid`, `process.parent_pid`, `process.owner`, `process.executable.*`, `process.runtime.*`.
    ///
    /// Without `process.command_args`: people pass passwords there, and telemetry is read by more of them than `ps`.
    case process
    /// `container.id`, from the control groups and mounts of the process.
    case container
    /// `k8s.*` where `KUBERNETES_SERVICE_HOST` is set: from the variables that are usual for the downward API, from
    /// `HOSTNAME`, the service account's files and the mounts.
    case kubernetes
}

extension ResourceDetector {
    /// The attributes of this process, overridden by those of the configuration.
    static func resource(_ configuration: Telemetry.Configuration) -> Resource {
        resource(configuration, Surroundings(environment: configuration.surroundings))
    }

    static func resource(_ configuration: Telemetry.Configuration, _ surroundings: Surroundings) -> Resource {
        var attributes: Attributes = [
            Attribute(SemanticConventions.serviceName, .string(configuration.service)),
            Attribute(SemanticConventions.telemetrySDKName, "clew"),
            Attribute(SemanticConventions.telemetrySDKLanguage, "swift"),
            Attribute(SemanticConventions.telemetrySDKVersion, .string(ClewVersion.current)),
        ]
        let given = Set(configuration.resourceAttributes.map(\.key))
        for detector in allCases where configuration.resourceDetectors.contains(detector) {
            attributes += detector.attributes(surroundings)
        }
        attributes.removeAll { given.contains($0.key) }
        attributes += configuration.resourceAttributes
        return Resource(attributes: attributes, schemaURL: SemanticConventions.schemaURL)
    }

    func attributes(_ surroundings: Surroundings) -> Attributes {
        let found: [(String, AttributeValue?)] =
            switch self {
            case .service: [(SemanticConventions.serviceInstanceID, .string(Self.instanceID))]
            case .host: Self.host(surroundings)
            case .os: Self.os(surroundings)
            case .process: Self.process(surroundings)
            case .container: [(SemanticConventions.containerID, text(surroundings.containerID))]
            case .kubernetes: surroundings.isKubernetes ? Self.kubernetes(surroundings) : []
            }
        return found.compactMap { key, value in value.map { Attribute(key, $0) } }
    }

    private static let instanceID = UUID().uuidString.lowercased()

    private static func host(_ surroundings: Surroundings) -> [(String, AttributeValue?)] {
        // A container's machine id is its image's: the same on every host, or none.
        let isContainer = surroundings.containerID != nil || surroundings.isKubernetes
        return [
            (SemanticConventions.hostName, text(ProcessInfo.processInfo.hostName)),
            (SemanticConventions.hostArch, text(architecture)),
            (SemanticConventions.hostID, isContainer ? nil : text(surroundings.machineID)),
        ]
    }

    private static func os(_ surroundings: Surroundings) -> [(String, AttributeValue?)] {
        let release = surroundings.osRelease
        return [
            (SemanticConventions.osType, text(osType)),
            (SemanticConventions.osName, text(release["NAME"])),
            (SemanticConventions.osVersion, text(release["VERSION_ID"])),
            (SemanticConventions.osDescription, text(release["PRETTY_NAME"])),
        ]
    }

    private static func process(_ surroundings: Surroundings) -> [(String, AttributeValue?)] {
        let process = ProcessInfo.processInfo
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return [
            (SemanticConventions.processPID, .int(Int64(process.processIdentifier))),
            (SemanticConventions.processParentPID, .int(Int64(getppid()))),
            (SemanticConventions.processOwner, text(surroundings.name(ofUser: geteuid()))),
            (SemanticConventions.processExecutableName, text(process.processName)),
            (SemanticConventions.processExecutablePath, text(path)),
            (SemanticConventions.processRuntimeName, "swift"),
            (SemanticConventions.processRuntimeVersion, text(swiftVersion)),
        ]
    }

    private static func text(_ value: String?) -> AttributeValue? {
        value.flatMap { $0.isEmpty ? nil : .string($0) }
    }

    private func text(_ value: String?) -> AttributeValue? { Self.text(value) }

    /// Source: semantic conventions, `os.type`.
    private static var osType: String? {
        #if os(Linux) || os(Android)
            "linux"
        #elseif canImport(Darwin)
            "darwin"
        #else
            nil
        #endif
    }

    /// Source: semantic conventions, `host.arch`.
    private static var architecture: String? {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(arm)
            "arm32"
        #elseif arch(i386)
            "x86"
        #elseif arch(powerpc64) || arch(powerpc64le)
            "ppc64"
        #elseif arch(s390x)
            "s390x"
        #else
            nil
        #endif
    }

    /// The release of the compiler, as far as a program can know it, and so of its standard library.
    private static var swiftVersion: String? {
        #if compiler(>=6.5)
            nil
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #elseif compiler(>=6.1)
            "6.1"
        #else
            "6.0"
        #endif
    }
}
