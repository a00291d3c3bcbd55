import ArgumentParser
import ClewStore
import Foundation

/// What the commands that work on a data directory without a daemon have in common.
enum DataCommand {
    /// Something is damaged.
    static let damaged = ExitCode(1)
    /// The command could not do its work.
    static let failed = ExitCode(2)

    /// The directory that was named, else the one that a daemon with this environment has.
    static func directory(_ named: String?) throws -> String {
        if let named { return named }
        let environment = ProcessInfo.processInfo.environment
        do {
            return try SettingsReader(flags: [:], environment: environment, file: environment["CLEW_CONFIG"])
                .value(Settings.data)
        } catch let error as StartupError {
            StandardError.write("clewd: \(error)")
            throw ExitCode(error.code.exitStatus)
        }
    }

    static func run<Value>(_ body: () throws(StoreError) -> Value) throws -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            StandardError.write("clewd: \(error.message)")
            throw failed
        }
    }

    static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
}
