import ClewAPI
import ClewPipeline
import ClewQuery
import ClewReceivers
import ClewStore
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Opens the store, listens, and runs until SIGTERM or SIGINT.
struct Daemon {
    private let configuration: DaemonConfiguration
    private let logger: Logger
    /// For the libraries, whose messages about sockets and services would bury the one sentence that matters.
    private let libraryLogger: Logger

    init(_ configuration: DaemonConfiguration) {
        self.configuration = configuration
        logger = Logger(label: "clewd") { label in
            LineLogHandler(label: label, format: configuration.logFormat, logLevel: configuration.logLevel)
        }
        var quiet = logger
        if configuration.logLevel > .debug { quiet.logLevel = .critical }
        libraryLogger = quiet
    }

    /// - Throws: ``StartupError``.
    func run() async throws {
        // A reader of stdout or stderr that went away must not end the daemon.
        signal(SIGPIPE, SIG_IGN)
        raiseOpenFileLimit()
        let store = try openStore()
        let readiness = Readiness()
        var group = ServiceGroupConfiguration(
            services: services(store: store, readiness: readiness),
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: libraryLogger)
        group.maximumGracefulShutdownDuration = configuration.shutdownTimeout
        let result: Result<Void, any Error>
        do {
            result = .success(try await ServiceGroup(configuration: group).run())
        } catch {
            result = .failure(error)
        }
        readiness.become(.stopping)
        await store.close()
        try finish(result)
    }

    /// In the order in which they stop last to first: the receivers end before the API that shows what they do.
    private func services(
        store: any TelemetryStore, readiness: Readiness
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let counters = CollectorCounters(sourceCapacity: configuration.datagramSources)
        let pipeline = Pipeline(store: store, counters: counters)
        let addresses = BoundAddresses { [configuration, logger] addresses in
            readiness.become(.ready)
            let json = BoundAddresses.json(addresses)
            logger.info("ready", metadata: ["addresses": .string(json), "data": .string(configuration.data)])
            guard configuration.printsAddresses else { return }
            try? FileHandle.standardOutput.write(contentsOf: Data((json + "\n").utf8))
        }
        let api = NativeAPI(
            store: store,
            query: QueryEngine(store: store, maximumSpans: configuration.maximumAnalysedSpans),
            counters: counters,
            readiness: readiness,
            maximumResults: configuration.maximumResults)
        let services: [any Service] = [
            listener(Settings.api, configuration.api, api) { addresses.bound(.api, to: $0) },
            datagramReceiver(pipeline, addresses),
            httpReceiver(pipeline, addresses),
            StopNotice { readiness.become(.stopping) },
        ]
        return services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
    }
}

extension Daemon {
    /// Files and sockets of the daemon's own beside the connections: the store's partitions, listeners, event loops.
    private static let filesBesideConnections = 128

    private func raiseOpenFileLimit() {
        let limit = OpenFileLimit.raise()
        let needed = 2 * configuration.maximumConnections + Self.filesBesideConnections
        guard limit < needed else { return }
        logger.warning(
            "at most \(limit) files may be open, and --max-connections needs \(needed): past it senders wait; raise 'ulimit -Hn'"
        )
    }

    private func openStore() throws(StartupError) -> any TelemetryStore {
        var options = EmbeddedStore.Options()
        options.retention = configuration.retention.duration
        options.maximumBytes = configuration.maximumDisk.bytes
        options.onDamage = { [logger] message in logger.error("\(message)") }
        do {
            return try EmbeddedStore(directory: configuration.data, options: options)
        } catch {
            throw StartupError(.system, "\(error.message) (--data \(configuration.data))", cause: error)
        }
    }

    private func listener<Responder>(
        _ setting: Setting<ListenAddress>, _ address: ListenAddress, _ responder: Responder,
        onBound: @escaping @Sendable (ListenAddress) -> Void
    ) -> HTTPListener<Responder> {
        HTTPListener(
            setting: setting, address: address, responder: responder,
            maximumConnections: configuration.maximumConnections, idleTimeout: configuration.idleTimeout,
            logger: libraryLogger, onBound: onBound)
    }

    private func httpReceiver(
        _ pipeline: Pipeline, _ addresses: BoundAddresses
    ) -> ReceiverListener<OTLPHTTPReceiver> {
        let address = configuration.otlpHTTP
        return ReceiverListener(
            setting: Settings.otlpHTTP, address: address,
            receiver: OTLPHTTPReceiver(
                host: address.host, port: address.port, pipeline: pipeline, limits: configuration.ingest,
                onBound: { addresses.bound(.otlpHTTP, to: ListenAddress(host: address.host, port: $0)) }))
    }

    private func datagramReceiver(
        _ pipeline: Pipeline, _ addresses: BoundAddresses
    ) -> ReceiverListener<OTLPDatagramReceiver> {
        let address = configuration.otlpUDP
        return ReceiverListener(
            setting: Settings.otlpUDP, address: address,
            receiver: OTLPDatagramReceiver(
                host: address.host, port: address.port, pipeline: pipeline, limits: configuration.ingest,
                onBound: { addresses.bound(.otlpUDP, to: ListenAddress(host: address.host, port: $0)) }))
    }

    /// Turns what ended the services into one sentence.
    private func finish(_ result: Result<Void, any Error>) throws {
        switch result {
        case .success:
            logger.info("stopped")
        case .failure(let error as StartupError):
            throw error
        case .failure(let error):
            throw StartupError(.system, "the daemon stopped: \(error)", cause: error)
        }
    }
}
