import Foundation

/// Where another process of the shop is asked over HTTP, as a flag has it.
public struct ServerURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a path.
    let url: String

    /// On loopback, where a service listens unless told otherwise.
    init(standard service: ServiceName) {
        url = "http://127.0.0.1:\(service.defaultPort)"
    }

    /// Reads `HOST:PORT` or `http://HOST:PORT`.
    ///
    /// - Throws: ``ShopError/Code/malformedAddress``.
    public init(parsing text: String) throws(ShopError) {
        let full = text.contains("://") ? text : "http://\(text)"
        guard let parsed = URL(string: full), parsed.scheme == "http", let host = parsed.host(), !host.isEmpty,
            let port = parsed.port, (1...65535).contains(port), ["", "/"].contains(parsed.path())
        else {
            throw ShopError(.malformedAddress, "'\(text)' is not an address: write HOST:PORT, as in 127.0.0.1:8092")
        }
        url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    public var description: String { url }
}
