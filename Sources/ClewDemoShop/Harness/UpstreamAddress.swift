/// Where a callee listens: `orders=127.0.0.1:8081`.
public struct UpstreamAddress: Hashable, Sendable {
    public var name: ServiceName
    public var host: String
    public var port: Int

    public init(name: ServiceName, host: String = "127.0.0.1", port: Int) {
        self.name = name
        self.host = host
        self.port = port
    }

    /// Reads `SERVICE=HOST:PORT`.
    ///
    /// - Throws: ``ShopError/Code/malformedUpstream``.
    public init(parsing text: String) throws(ShopError) {
        let sides = text.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let name = ServiceName(rawValue: String(sides[0])),
            let colon = sides[1].lastIndex(of: ":"), colon != sides[1].startIndex,
            let port = UInt16(sides[1][sides[1].index(after: colon)...])
        else {
            throw ShopError(
                .malformedUpstream,
                "'\(text)' is not an upstream: write SERVICE=HOST:PORT, as in orders=127.0.0.1:8081"
            )
        }
        self.init(name: name, host: String(sides[1][..<colon]), port: Int(port))
    }

    var url: String { "http://\(host):\(port)" }
}
