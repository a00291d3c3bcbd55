import Logging

extension Telemetry.Configuration {
    /// Keys whose values are secrets wherever they stand: the default of ``redactedKeys``.
    public static let secretKeys: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "password", "passwd", "secret", "client-secret",
        "api-key", "x-api-key", "access-token", "refresh-token", "id-token",
    ]

    /// The level of a new logger: of the entry of ``logLevels`` that says most about its label, else ``logLevel``.
    func logLevel(of label: String) -> Logger.Level {
        if let level = logLevels[label] { return level }
        let prefixes = logLevels.filter { $0.key.hasSuffix("*") && label.hasPrefix($0.key.dropLast()) }
        return prefixes.max { $0.key.utf8.count < $1.key.utf8.count }?.value ?? logLevel
    }

    mutating func readLogs(_ reader: inout EnvironmentReader) {
        let levels = Logger.Level.allCases.map { ($0.rawValue, $0) }
        logLevel = reader.choice("LOG_LEVEL", levels, default: logLevel)
        readLevels(&reader)
        logFormat = reader.choice("CLEW_LOG_FORMAT", LogFormat.allCases.map { ($0.rawValue, $0) }, default: logFormat)
        usesColour = reader.string("NO_COLOR") == nil && reader.string("TERM") != "dumb"
        logLocationLevel = reader.choice(
            "CLEW_LOG_LOCATION", levels.map { ($0, Optional($1)) } + [("none", nil)], default: logLocationLevel)
        readRedactedKeys(&reader)
        let range = 0...Int(Int32.max)
        let shared = reader.integer("OTEL_ATTRIBUTE_COUNT_LIMIT", default: logLimits.attributes, in: range)
        logLimits.attributes = reader.integer("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", default: shared, in: range)
        logLimits.valueLength =
            reader.optionalInteger("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: range)
            ?? reader.optionalInteger("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: range)
    }

    private mutating func readLevels(_ reader: inout EnvironmentReader) {
        for entry in reader.commaSeparated("CLEW_LOG_LEVELS") {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(\.trimmed)
            let level = parts.count == 2 ? Logger.Level(rawValue: parts[1].lowercased()) : nil
            guard let level, !parts[0].isEmpty else {
                reader.warn("CLEW_LOG_LEVELS holds '\(EnvironmentReader.shown(entry))', which is not label=level; it is ignored")
                continue
            }
            logLevels[String(parts[0])] = level
        }
    }

    private mutating func readRedactedKeys(_ reader: inout EnvironmentReader) {
        let names = reader.commaSeparated("CLEW_REDACT_KEYS")
        guard !names.isEmpty else { return }
        redactedKeys = Set(names).subtracting(["none", "default"])
        if names.contains("default") { redactedKeys.formUnion(Self.secretKeys) }
    }
}

extension EnvironmentReader {
    /// The members of a list that is separated by commas.
    fileprivate mutating func commaSeparated(_ name: String) -> [String] {
        (string(name) ?? "").split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
    }
}
