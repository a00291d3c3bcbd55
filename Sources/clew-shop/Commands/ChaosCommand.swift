import ArgumentParser
import ClewDemoShop
import ClewModel
import Foundation
import UnixSignals

/// `clew-shop chaos --duration 180s`: whether the shop keeps its promises while its processes are killed.
struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Starts a shop, kills each of its processes twice under load, and checks what is left.",
        discussion: """
            The processes are killed by SIGKILL in a random order, and started again after a while. Exits with 0 when \
            every promise was kept, and with 1 when one was not; then the files are left, and said where.
            """
    )

    @Option(help: "How long the load lasts, as 180s or 10m; at least 60s.")
    var duration = "180s"

    @Option(help: "Requests a second.")
    var rate = 20.0

    @Option(help: "Repeats a run's choices, though not its timing. Default: random, and printed.")
    var seed: UInt64?

    @Option(
        help: "A broker that runs already, as amqp://127.0.0.1:5672/. Default: the shop's own, which is killed too.")
    var broker: String?

    #if RabbitMQ
        @Option(
            name: .customLong("rabbitmq-server"),
            help: """
                The program of a RabbitMQ server, as \(RabbitMQNode.standardProgram) and not the wrapper in \
                /usr/sbin: it is started as the broker, and killed too.
                """)
        var rabbitMQServer: String?
    #endif

    /// Each process has to come back before the next is killed.
    private static let shortest = 60.0
    private static let longest = 86_400.0

    func validate() throws {
        guard let seconds, (Self.shortest...Self.longest).contains(seconds) else {
            throw ValidationError("'\(duration)' is not a duration from 60s to 24h: write 180s or 10m")
        }
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate is above 0 and up to 1000") }
        #if RabbitMQ
            guard let rabbitMQServer else { return }
            guard broker == nil else { throw ValidationError("give --broker or --rabbitmq-server, not both") }
            guard FileManager.default.isExecutableFile(atPath: rabbitMQServer) else {
                throw ValidationError(
                    "--rabbitmq-server: there is no program '\(rabbitMQServer)'; Debian's package rabbitmq-server has "
                        + RabbitMQNode.standardProgram)
            }
        #endif
    }

    private var fleetBroker: FleetBroker {
        get throws(ShopError) {
            #if RabbitMQ
                if let rabbitMQServer { return .rabbitMQ(program: URL(fileURLWithPath: rabbitMQServer)) }
            #endif
            guard let broker else { return .own }
            // Refused here, and not by each service.
            _ = try BrokerAddress(parsing: broker)
            return .foreign(broker)
        }
    }

    private var seconds: Double? { DurationText.parse(duration).map { Double($0) / 1e9 } }

    func run() async throws {
        let programs = try Programs()
        let broker = try fleetBroker
        let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
        Output.line("(seed \(seed): --seed \(seed) makes the same choices again)")
        let run = ChaosRun(
            programs: programs, seed: seed, duration: .seconds(seconds ?? 0), rate: rate, broker: broker)
        do {
            let report = try await Interruption.cancelling { try await run.run() }
            Output.line("\(report)")
            guard report.isSound else { throw ExitCode(1) }
        } catch let interrupted as Interruption {
            Output.line("\nstopped by \(interrupted.received); nothing is left running")
            throw ExitCode(128 + interrupted.received.rawValue)
        }
    }
}
