import Configuration
import Foundation
import Yams

/// Reads settings from flags, then the environment, then a file, then their defaults.
struct SettingsReader {
    /// Variables that begin like the daemon's and belong to the other programs, or name the file itself.
    private static let foreignVariables = [
        "CLEW_API", "CLEW_CONFIG", "CLEW_LOG_LEVELS", "CLEW_LOG_LOCATION", "CLEW_RECORD_UNSAMPLED", "CLEW_REDACT_KEYS",
        "CLEW_RUNTIME_METRICS", "CLEW_SDK_METRICS", "CLEW_SPAN_METRICS", "CLEW_UPDATE_GOLDEN",
    ]
    private static let foreignPrefixes = ["CLEW_SHOP_", "CLEW_EXPORTER_", "CLEW_RESOURCE_", "CLEW_SAMPLER_", "CLEW_SPILL_"]

    private struct Layer {
        var provider: any ConfigProvider
        /// What the setting is called there, for messages.
        var name: @Sendable (any AnySetting) -> String
    }

    private let layers: [Layer]

    /// - Parameters:
    ///   - flags: Values by setting name.
    ///   - environment: The process's environment; empty values count as absent.
    ///   - path: A YAML or JSON file, `nil` for none.
    /// - Throws: ``StartupError`` for a file that cannot be read, and for names that no setting has.
    init(flags: [String: String], environment: [String: String], file path: String?) throws {
        try Self.checkEnvironment(environment)
        var layers = [Layer(provider: Self.provider(flags), name: { "--\($0.name)" })]
        let variables = environment.filter { $0.key.hasPrefix("CLEW_") && !$0.value.isEmpty }
        let names = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.name, $0.environmentName) })
        let environmentProvider = EnvironmentVariablesProvider(environmentVariables: variables)
            .mapKeys { key in AbsoluteConfigKey(key.components.map { names[$0] ?? $0 }) }
        layers.append(Layer(provider: environmentProvider, name: { $0.environmentName }))
        if let path {
            layers.append(Layer(provider: try Self.fileProvider(path), name: { "\($0.name) in \(path)" }))
        }
        self.layers = layers
    }

    /// The value of a setting from the first layer that has one, else its default.
    func value<Value>(_ setting: Setting<Value>) throws -> Value {
        let key = AbsoluteConfigKey([setting.name])
        for layer in layers {
            guard case .string(let text)? = try layer.provider.value(forKey: key, type: .string).value?.content else {
                continue
            }
            guard let value = setting.parse(text) else {
                throw StartupError(.usage, "\(layer.name(setting)): '\(text)' is not \(setting.expected)")
            }
            return value
        }
        guard let value = setting.parse(setting.defaultText) else {
            throw StartupError(.usage, "--\(setting.name): the default '\(setting.defaultText)' cannot be read")
        }
        return value
    }

    private static func provider(_ values: [String: String]) -> InMemoryProvider {
        InMemoryProvider(
            values: Dictionary(
                uniqueKeysWithValues: values.map {
                    (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                }))
    }

    private static func checkEnvironment(_ environment: [String: String]) throws {
        let known = Settings.all.map(\.environmentName)
        for name in environment.keys.sorted() where name.hasPrefix("CLEW_") && !known.contains(name) {
            if foreignVariables.contains(name) || foreignPrefixes.contains(where: name.hasPrefix) { continue }
            throw unknown("the environment variable \(name)", name, among: known)
        }
    }

    /// JSON is YAML, so one parser reads both.
    private static func fileProvider(_ path: String) throws -> InMemoryProvider {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw StartupError(.system, "cannot read the settings file \(path): check that it exists", cause: error)
        }
        let mapping: Yams.Node.Mapping?
        do {
            mapping = try Yams.compose(yaml: text)?.mapping
        } catch {
            throw StartupError(.usage, "the settings file \(path) is not valid YAML or JSON: \(error)", cause: error)
        }
        var values: [String: String] = [:]
        for (key, value) in mapping ?? [:] {
            let name = key.string ?? ""
            guard Settings.all.contains(where: { $0.name == name }) else {
                throw unknown("the setting '\(name)' in \(path)", name, among: Settings.all.map(\.name))
            }
            guard let scalar = value.scalar else {
                throw StartupError(.usage, "\(name) in \(path): one value is expected, not a list or mapping")
            }
            values[name] = scalar.string
        }
        return provider(values)
    }

    private static func unknown(_ what: String, _ name: String, among known: [String]) -> StartupError {
        let nearest = known.min { EditDistance.between(name, $0) < EditDistance.between(name, $1) } ?? ""
        return StartupError(.usage, "\(what) is unknown; did you mean \(nearest)?")
    }
}
