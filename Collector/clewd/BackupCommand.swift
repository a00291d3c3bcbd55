import ArgumentParser
import ClewStore

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a data directory, while a daemon has it open or not.",
        discussion: """
            Everything acknowledged before the start is in the copy, once. The copy is a data directory: clewd --data DIR \
            opens it, clewd verify DIR checks it. DIR appears when the copy is complete. Run it on the daemon's machine, as \
            the daemon's user. Exit status: 0 copied, 1 copied with blocks that are damaged already, 2 not copied.
            """)

    @Argument(help: ArgumentHelp("Where the copy goes: nothing, or an empty directory", valueName: "DIR"))
    var target: String
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("The data directory (default: CLEW_DATA, else clew-data)", valueName: "DIR"))
    var source: String?

    func run() throws {
        let source = try DataCommand.directory(source)
        let copied = try DataCommand.run { () throws(StoreError) in
            try EmbeddedStore.backup(directory: source, to: target) { StandardError.write("clewd: \($0)") }
        }
        let parts = [
            DataCommand.counted(copied.days, "day"), DataCommand.counted(copied.blocks, "block"),
            DataCommand.counted(copied.journalFiles, "journal file"), DataCommand.counted(copied.bytes, "byte"),
        ]
        print("\(target): \(parts.joined(separator: ", "))")
        if copied.damagedBlocks > 0 { throw DataCommand.damaged }
    }
}
