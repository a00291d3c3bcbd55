import Foundation
import NIOCore
import NIOHTTP1

/// Where requests go: a host and a port, and the path before that of each request.
struct HTTPEndpoint: Hashable, Sendable {
    var host: String
    var port: Int
    private var path: String

    /// - Parameters:
    ///   - address: `http://127.0.0.1:4318`, or without the scheme.
    ///   - flag: The flag that the user gave it with.
    init(_ address: String, flag: String, scheme: String = "http", defaultPort: Int) throws(Failure) {
        let url = URL(string: address.contains("://") ? address : "\(scheme)://\(address)")
        guard let url, url.scheme == scheme, let host = url.host(), !host.isEmpty,
            (1...65535).contains(url.port ?? defaultPort)
        else {
            throw Failure(
                .usage, "\(flag): '\(address)' is not an address such as \(scheme)://127.0.0.1:\(defaultPort)")
        }
        self.host = host.trimmingCharacters(in: ["[", "]"])
        port = url.port ?? defaultPort
        path = url.path().hasSuffix("/") ? String(url.path().dropLast()) : url.path()
    }

    /// The same host with another port, and no path.
    func with(port: Int) -> HTTPEndpoint {
        var endpoint = self
        (endpoint.port, endpoint.path) = (port, "")
        return endpoint
    }

    /// `http://127.0.0.1:4318`.
    var address: String { "http://\(authority)\(path)" }

    private var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    func head(_ method: HTTPMethod, _ route: String, _ headers: [(String, String)]) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: method, uri: path + route, headers: HTTPHeaders([("Host", authority)] + headers))
    }
}
