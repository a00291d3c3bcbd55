import ArgumentParser
import Foundation

/// The URL of a gateway, as a flag.
struct Target: ExpressibleByArgument {
    static let standard = Target(url: "http://127.0.0.1:8080")

    let url: String
    var defaultValueDescription: String { url }

    private init(url: String) {
        self.url = url
    }

    /// `nil` for what the HTTP client cannot send to; it ends the process over a port that is none.
    init?(argument: String) {
        guard let parsed = URL(string: argument), parsed.host()?.isEmpty == false,
            ["http", "https"].contains(parsed.scheme), (0...65535).contains(parsed.port ?? 0)
        else { return nil }
        url = argument
    }
}
