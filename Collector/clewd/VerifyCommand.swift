import ArgumentParser
import ClewStore

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read everything in a data directory and check it; change nothing.",
        discussion: """
            No daemon may have the directory open: stop it first, or verify a backup. Prints a line for each damaged thing, \
            then a summary. Exit status: 0 all is well, 1 something is damaged, 2 it could not be checked.
            """)

    @Argument(help: ArgumentHelp("The data directory (default: CLEW_DATA, else clew-data)", valueName: "DIR"))
    var directory: String?

    func run() throws {
        let directory = try DataCommand.directory(directory)
        let found = try DataCommand.run { () throws(StoreError) in
            try EmbeddedStore.verify(directory: directory) { print($0) }
        }
        let parts = [
            DataCommand.counted(found.files, "file"), DataCommand.counted(found.blocks, "block"),
            DataCommand.counted(found.spans, "span"), DataCommand.counted(found.logRecords, "log record"),
            DataCommand.counted(found.bytes, "byte"), "\(found.damaged) damaged",
        ]
        print(parts.joined(separator: ", "))
        if found.damaged > 0 { throw DataCommand.damaged }
    }
}
