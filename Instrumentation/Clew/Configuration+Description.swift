import ClewModel

extension Telemetry.Configuration: CustomStringConvertible {
    /// What is on, in one line without credentials: what the library says of itself at the level `debug`.
    public var description: String {
        var parts = ["service \(service)"]
        if isDisabled { parts.append("disabled") }
        // The cases of nested types name the module, which nobody reads.
        parts.append("sampler \(String(describing: sampler).replacing("Clew.Sampler.", with: ""))")
        parts.append("propagators \(propagator)")
        parts += Signal.allCases.map { "\($0.rawValue) to \(exporters(of: $0).joined(separator: " and "))" }
        let detectors = ResourceDetector.allCases.filter(resourceDetectors.contains).map(\.rawValue)
        parts.append("detectors \(detectors.isEmpty ? "none" : detectors.joined(separator: ","))")
        return parts.joined(separator: "; ")
    }

    private func exporters(of signal: Signal) -> [String] {
        var exporters: [String] = []
        if let settings = otlp[signal] {
            exporters.append(udpEndpoint.map { "udp \($0.host):\($0.port)" } ?? "otlp \(settings)")
        }
        if console.contains(signal) { exporters.append("console on \(consoleStream.rawValue)") }
        if standardOutput.contains(signal) { exporters.append("otlp/stdout") }
        if let file, file.signals.contains(signal) { exporters.append("file \(file.path(signal))") }
        if signal == .metrics, let prometheus { exporters.append("prometheus \(prometheus.host):\(prometheus.port)") }
        return exporters.isEmpty ? ["nowhere"] : exporters
    }
}

extension OTLPSettings: CustomStringConvertible {
    /// The URL, the encoding and the names of the headers, without credentials.
    public var description: String {
        var details = [encoding == .json ? "http/json" : "http/protobuf"]
        if compresses { details.append("gzip") }
        details += headers.keys.sorted().map { "\($0)=***" }
        return "\(RedactedURL.text(url)) (\(details.joined(separator: ", ")))"
    }
}
