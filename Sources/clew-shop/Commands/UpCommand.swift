import ArgumentParser
import ClewDemoShop
import ClewModel
import Foundation

/// `clew-shop up`: a collector and a whole shop, for as long as somebody wants them.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Starts collector and shop, says where they are, and stops them at SIGTERM or SIGINT.",
        discussion: """
            Prints {"gateway":URL,"api":URL,"directory":PATH,"processes":[{"service","instance","pid","address"}]} on \
            one line of stdout once all work together. The files of the services are in PATH/shop, for 'clew-shop \
            check'. With --restart a service that ended, as by SIGKILL, is started again where it listened; a line \
            like one of the processes tells of it, and --with and --fault are in force again.
            """
    )

    @Option(name: .customLong("with"), help: "Anti-patterns that are on, as dual-write,no-inbox. Default: none.")
    var switches: String?

    @Option(help: "Faults in force, as 'inventory.db=300ms@0.2,payments=error@0.1'. Default: none.")
    var fault: String?

    @Flag(help: "Leave the directory with all that was written.")
    var keepData = false

    @Flag(help: "Start services again that ended.")
    var restart = false

    @Option(help: "How long a service that ended stays away before --restart starts it, at most 1h.")
    var absence = "1s"

    private static let longestAbsence = Duration.seconds(3600)

    func validate() throws {
        guard absenceTime != nil else {
            throw ValidationError("'\(absence)' is not a duration of at most 1h: write 1s or 20s")
        }
    }

    private var absenceTime: Duration? {
        guard let nanoseconds = DurationText.parse(absence) else { return nil }
        let time = Duration.nanoseconds(Int64(clamping: nanoseconds))
        return time <= Self.longestAbsence ? time : nil
    }

    func run() async throws {
        let run = UpRun(
            programs: try Programs(),
            switches: try ShopSwitch.set(parsing: switches ?? ""),
            faults: try Fault.list(parsing: fault ?? ""),
            absence: restart ? absenceTime : nil,
            keepsData: keepData
        )
        do {
            try await Interruption.cancelling { try await run.run() }
        } catch is Interruption {
            // The end that is asked for.
        }
    }
}
