import Foundation

/// Where a RabbitMQ server listens, and as whom to log in.
struct AMQPAddress: Hashable, Sendable, CustomStringConvertible {
    static let scheme = "amqp://"

    var host: String
    /// 5672 by default, AMQP's own (IANA).
    var port = 5672
    /// `guest` and `guest` by default, as a new server has it for connections from its own machine.
    var user = "guest"
    var password = "guest"
    var vhost = "/"

    init(host: String) {
        self.host = host
    }

    /// Reads `amqp://USER:PASSWORD@HOST:PORT/VHOST`, of which only the host is needed; the rest may be percent-encoded.
    ///
    /// Source: RabbitMQ URI specification; unlike there, an empty vhost is `/` too.
    ///
    /// - Throws: ``ShopError/Code/malformedAddress``; its message does not tell the password.
    init(parsing text: String) throws(ShopError) {
        guard text.hasPrefix(Self.scheme), let parts = URLComponents(string: text), let host = parts.host,
            !host.isEmpty, parts.query == nil, parts.fragment == nil
        else { throw Self.malformed }
        self.init(host: host.trimmingCharacters(in: ["[", "]"]))
        port = parts.port ?? port
        user = parts.user ?? user
        password = parts.password ?? password
        let path = String(parts.percentEncodedPath.dropFirst())
        guard (1...65535).contains(port), !path.contains("/"), let vhost = path.removingPercentEncoding else {
            throw Self.malformed
        }
        if !vhost.isEmpty { self.vhost = vhost }
        // They go to a C library, which would end them there; and AMQP counts their bytes in one byte.
        for part in [host, user, password, self.vhost] where part.contains("\0") || part.utf8.count > 255 {
            throw Self.malformed
        }
    }

    /// Without the password.
    var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(Self.scheme)\(user)@\(name):\(port)\(vhost == "/" ? "" : "/\(vhost)")"
    }

    private static var malformed: ShopError {
        ShopError(
            .malformedAddress,
            """
            the broker's address begins with amqp:// and cannot be read: write amqp://USER:PASSWORD@HOST:PORT/VHOST, as \
            in amqp://guest:guest@127.0.0.1:5672, with %2F for a slash in a name
            """)
    }
}
