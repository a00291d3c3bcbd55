import ArgumentParser
import ClewModel
import ClewWire
import Foundation
import NIOPosix

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send synthetic traces to a collector, and say what that cost.",
        discussion: """
              clew load --spans 2000000 --pid $(pgrep clewd) --data ./clew-data
              clew load --rate 20000 --duration 10m --gzip
              clew load --spans 100000 --verify

            Sends as fast as the collector acknowledges, unless --rate says otherwise. Latency counts from sending a \
            request to its acknowledgement; with --rate from the moment the request was due, so that a collector that \
            stalls is charged for the requests that had to wait. Each run has ids of its own, whatever its seed. \
            Ctrl-C ends a run early, with its report.
            """
    )

    @OptionGroup(title: "What is sent") var workload: WorkloadOptions

    @Option(help: "Spans in all, rounded up to whole requests. Default: 200000, or as many as --duration allows.")
    var spans: Int?

    @Option(help: "How long to send: 30s, 10m.")
    var duration: String?

    @Option(help: "Spans a second. Default: as fast as they are acknowledged.")
    var rate: Double?

    @Option(help: "Spans in a request. Default: 512; over UDP 64, because a datagram holds at most 65483 bytes.")
    var batch: Int?

    @Option(help: "Connections, each with one request in flight.")
    var connections = 8

    @Option(help: "Threads that send; one sends far more than a collector on two cores takes.")
    var threads = 1

    @Option(help: "protobuf or json.")
    var encoding = RequestEncoding.protobuf

    @Flag(help: "Compress requests, as far as memory allows before the clock starts.")
    var gzip = false

    @Option(help: "http or udp.")
    var transport = Transport.http

    @Option(help: "Where spans are sent. Default: http://127.0.0.1:4318; over UDP 127.0.0.1:4319.")
    var target: String?

    @Option(help: "The collector's API. Environment: CLEW_API. Default: port 2539 of the target's host.")
    var api: String?

    @Option(help: "The collector's process id, to report its CPU time and memory.")
    var pid: Int32?

    @Option(help: "The collector's data directory, to report bytes per span.")
    var data: String?

    @Option(help: "With --pid or --data: how long to wait for the collector to become idle; 0 does not wait.")
    var idleWait = "60s"

    @Flag(help: "Ask for every trace afterwards; exit with 1 if any is missing or has another number of spans.")
    var verify = false

    @Option(help: "Connections that --verify asks over.")
    var verifyConnections = 1

    @Flag(help: "Print JSON.")
    var json = false

    enum Transport: String, CaseIterable, ExpressibleByArgument {
        case http, udp
    }

    private static let defaultSpans = 200_000
    private static let defaultBatches: [Transport: Int] = [.http: 512, .udp: 64]

    private var batchSize: Int { batch ?? Self.defaultBatches[transport] ?? 1 }

    func validate() throws {
        guard spans ?? 1 > 0, (1...100_000).contains(batchSize) else {
            throw ValidationError("--spans must be positive, --batch from 1 to 100000.")
        }
        guard (1...1000).contains(connections), (1...64).contains(threads), (1...1000).contains(verifyConnections)
        else {
            throw ValidationError(
                "--connections and --verify-connections must be from 1 to 1000, --threads from 1 to 64.")
        }
        guard rate.map({ $0 >= 0.001 && $0 <= 1e9 }) ?? true else {
            throw ValidationError("--rate must be from 0.001 to 1000000000 spans a second.")
        }
        guard DurationText.parse(idleWait) != nil else {
            throw ValidationError("--idle-wait: '\(idleWait)' is not a duration such as 60s, or 0.")
        }
    }

    func run() async throws {
        let session = LoadSession(
            options: self, target: try destination(), api: try apiAddress(), interrupts: await .listen())
        let failure = try await session.perform()
        if let failure { throw failure }
    }

    // MARK: what the options mean

    func schedule() throws(Failure) -> LoadSchedule {
        let length = try duration.map { text throws(Failure) in try WindowOptions.length(text, flag: "--duration") }
        let spans = self.spans ?? (length == nil ? Self.defaultSpans : nil)
        return LoadSchedule(spans: spans, duration: length, rate: rate, batch: batchSize)
    }

    func source(around time: UnixNanoseconds) throws(Failure) -> RequestSource {
        let source: RequestSource
        do {
            source = try RequestSource(
                workload.workload, batch: batchSize, encoding: encoding, isCompressed: gzip, around: time)
        } catch {
            throw Failure(.failed, "the requests cannot be encoded: \(error)")
        }
        guard transport == .http || source.largestBody <= UDPHeader.maximumPayload else {
            let fitting = max(1, batchSize * UDPHeader.maximumPayload / source.largestBody * 9 / 10)
            throw Failure(
                .usage, "\(batchSize) spans are too many for a datagram of 65507 bytes; try --batch \(fitting)")
        }
        return source
    }

    private func destination() throws(Failure) -> LoadRun.Target {
        switch transport {
        case .http: .http(try HTTPEndpoint(target ?? "127.0.0.1:4318", flag: "--target", defaultPort: 4318))
        case .udp:
            .udp(try HTTPEndpoint(target ?? "127.0.0.1:4319", flag: "--target", scheme: "udp", defaultPort: 4319))
        }
    }

    private func apiAddress() throws(Failure) -> HTTPEndpoint {
        // An empty variable counts as absent, as it does for the other commands.
        let variable = ProcessInfo.processInfo.environment["CLEW_API"].flatMap { $0.isEmpty ? nil : $0 }
        if let address = api ?? variable { return try HTTPEndpoint(address, flag: "--api", defaultPort: 2539) }
        switch try destination() {
        case .http(let endpoint), .udp(let endpoint): return endpoint.with(port: 2539)
        }
    }
}

extension RequestEncoding: ExpressibleByArgument {}

/// What the synthetic traces look like, as options.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "Services.")
    var services = 10

    @Option(help: "Mean number of spans in a trace.")
    var traceSpans = 24

    @Option(help: "Most spans from a root to a leaf. Default: no limit.")
    var depth: Int?

    @Option(help: "Most children of a span. Default: no limit.")
    var fanOut: Int?

    @Option(help: "Attributes of a span. Default: 10 of a request, 8 of a query.")
    var attributes: Int?

    @Option(help: "Distinct user.id values in the run. Default: those of the 8192 distinct spans, about 4000.")
    var cardinality: Int?

    @Option(help: "Share of spans with an error, from 0 to 1.")
    var errorShare = 0.02

    @Option(help: "Bytes of padding in each span.")
    var payload = 0

    @Option(help: "Seed of the traces' shape.")
    var seed: UInt64 = 1

    var workload: Workload {
        Workload(
            services: services, spansPerTrace: traceSpans, depth: depth, fanOut: fanOut, attributes: attributes,
            cardinality: cardinality, errorShare: errorShare, payload: payload, seed: seed)
    }

    func validate() throws {
        guard (1...10_000).contains(services), (2...50_000).contains(traceSpans), depth ?? 2 > 1, fanOut ?? 1 > 0
        else {
            throw ValidationError(
                "--services must be from 1 to 10000, --trace-spans from 2 to 50000, --depth at least 2, "
                    + "--fan-out at least 1.")
        }
        guard (0...128).contains(attributes ?? 0), (1...1_000_000_000).contains(cardinality ?? 1) else {
            throw ValidationError("--attributes must be from 0 to 128, --cardinality from 1 to 1000000000.")
        }
        guard (0...1).contains(errorShare), (0...65_536).contains(payload) else {
            throw ValidationError("--error-share must be from 0 to 1, --payload from 0 to 65536.")
        }
    }
}
