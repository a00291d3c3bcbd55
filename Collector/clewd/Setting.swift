import Logging

/// One setting, declared once: its name in every layer, its form, unit, default and meaning.
///
/// The name is the flag (`--otlp-http`), the file's key (`otlp-http`) and, in capitals, the environment variable
/// (`CLEW_OTLP_HTTP`).
struct Setting<Value: Sendable>: AnySetting {
    let name: String
    let environmentName: String
    let placeholder: String
    let expected: String
    let defaultText: String
    let help: String
    let parse: @Sendable (String) -> Value?

    fileprivate init(
        _ name: String, environmentName: String? = nil, _ placeholder: String, expected: String, default: String,
        _ help: String, parse: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        self.environmentName =
            environmentName ?? "CLEW_" + name.uppercased().replacing("-", with: "_")
        self.placeholder = placeholder
        self.expected = expected
        self.defaultText = `default`
        self.help = help
        self.parse = parse
    }
}

/// A setting, whatever the type of its value.
protocol AnySetting: Sendable {
    var name: String { get }
    var environmentName: String { get }
    /// The value's form, for example `HOST:PORT`.
    var placeholder: String { get }
    /// What a valid value looks like, as it ends "… is not".
    var expected: String { get }
    var defaultText: String { get }
    var help: String { get }
}

/// All settings of the daemon, in the order in which help and documentation list them.
enum Settings {
    static let data = Setting(
        "data", "DIR", expected: "a directory", default: "clew-data", "Where telemetry is stored",
        parse: { $0.isEmpty ? nil : $0 })
    static let retention = Setting(
        "retention", "DURATION", expected: "a duration such as 36h, 7d or 2w, or forever", default: "forever",
        "How long telemetry is kept; then the whole day is removed, and what is older is refused",
        parse: { Retention(text: $0) })
    static let maxDisk = Setting(
        "max-disk", "BYTES", expected: "a size of at least 128MB such as 20GB or 512MiB, or unlimited",
        default: "unlimited", "Disk that the data directory may take; past it the oldest day is removed",
        parse: { DiskLimit(text: $0) })
    static let otlpHTTP = address(
        "otlp-http", default: "127.0.0.1:4318", "Where OTLP/HTTP is received; port 0 is any free port")
    static let otlpUDP = address("otlp-udp", default: "127.0.0.1:4319", "Where OTLP over UDP is received")
    static let api = address(
        "api", environmentName: "CLEW_API_ADDRESS", default: "127.0.0.1:2539",
        "Where queries are answered; CLEW_API itself belongs to the CLI, so the variable is CLEW_API_ADDRESS")
    static let maxBody = size("max-body", default: "16MiB", "Largest request body as it comes")
    static let maxDecompressed = size(
        "max-decompressed", default: "64MiB", "Largest request body after decompression")
    static let maxInFlight = size(
        "max-in-flight", default: "128MiB", "All request bodies that are being received and stored; past it 429")
    static let maxConnections = count(
        "max-connections", default: "1024", "Open connections on each of the two TCP ports; more wait to be accepted")
    static let maxResults = count(
        "max-results", default: "10000", "Most spans or log records in one answer of the API")
    static let maxAnalysedSpans = count(
        "max-analysed-spans", default: "500000",
        "Spans held in memory for one analysis; past it whole traces are sampled and the answer says so")
    static let readTimeout = duration("read-timeout", default: "30s", "How long a sender may take over one body")
    static let idleTimeout = duration("idle-timeout", default: "2m", "How long a connection may be idle")
    static let udpBuffer = size("udp-buffer", default: "4MiB", "Receive buffer of the UDP socket")
    static let udpQueue = size("udp-queue", default: "16MiB", "Datagrams that wait to be stored; more are dropped")
    static let udpSources = count(
        "udp-sources", default: "1024", "Senders of numbered datagrams whose losses are counted apart")
    static let shutdownTimeout = duration(
        "shutdown-timeout", default: "10s", "How long requests in progress may take at the stop")
    static let logLevel = Setting(
        "log-level", "LEVEL", expected: "one of trace, debug, info, notice, warning, error, critical", default: "info",
        "Least severe of the daemon's own log lines", parse: { Logger.Level(rawValue: $0.lowercased()) })
    static let logFormat = Setting(
        "log-format", "FORMAT", expected: "text or json", default: "text", "Form of the log lines on stderr",
        parse: { LineLogHandler.Format(rawValue: $0) })
    static let printAddresses = Setting(
        "print-addresses", "BOOL", expected: "true or false", default: "false",
        "Print one JSON line with the bound addresses on stdout once all listen", parse: { Bool($0) })

    static let all: [any AnySetting] = [
        data, retention, maxDisk, otlpHTTP, otlpUDP, api, maxBody, maxDecompressed, maxInFlight, maxConnections,
        maxResults, maxAnalysedSpans, readTimeout, idleTimeout, udpBuffer, udpQueue, udpSources, shutdownTimeout,
        logLevel,
        logFormat, printAddresses,
    ]

    private static func address(
        _ name: String, environmentName: String? = nil, default: String, _ help: String
    ) -> Setting<ListenAddress> {
        Setting(
            name, environmentName: environmentName, "HOST:PORT",
            expected: "HOST:PORT such as 127.0.0.1:4318 or [::1]:4318", default: `default`, help,
            parse: { ListenAddress(text: $0) })
    }

    private static func size(_ name: String, default: String, _ help: String) -> Setting<Int> {
        Setting(
            name, "BYTES", expected: "a number of bytes such as 65536, 64KiB or 16MB", default: `default`, help,
            parse: { ByteSize.parse($0) })
    }

    private static func count(_ name: String, default: String, _ help: String) -> Setting<Int> {
        Setting(
            name, "N", expected: "a whole number above zero", default: `default`, help,
            parse: { Int($0).flatMap { $0 > 0 ? $0 : nil } })
    }

    private static func duration(_ name: String, default: String, _ help: String) -> Setting<Duration> {
        Setting(
            name, "DURATION", expected: "a duration of at most a day such as 250ms, 30s or 2m", default: `default`,
            help, parse: { Duration(text: $0) })
    }
}
