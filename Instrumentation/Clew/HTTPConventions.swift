import ClewModel

/// What servers and clients share of the HTTP conventions.
///
/// Source: OpenTelemetry semantic conventions 1.37, "HTTP spans".
package enum HTTPConventions {
    /// The value of `http.request.method`: the method itself where it is a known one, else `_OTHER`, so that a client
    /// that invents methods makes no new time series.
    package static func method(_ method: String) -> String {
        knownMethods.contains(method) ? method : "_OTHER"
    }

    /// A span's name: the method, `HTTP` for one that is not known, and the route or template where there is one.
    package static func spanName(method: String, route: String?) -> String {
        let name = knownMethods.contains(method) ? method : "HTTP"
        return route.map { "\(name) \($0)" } ?? name
    }

    /// The value of `url.scheme` for a server, whose clients may write anything over HTTP/2.
    package static func serverScheme(_ scheme: String?) -> String {
        scheme == "https" ? "https" : "http"
    }

    /// Splits `host:port`; the port is `nil` where there is none. Brackets around an IPv6 address go.
    package static func hostAndPort(_ authority: some StringProtocol) -> (host: String, port: Int?) {
        // By bytes: a server does this for each request, and characters take ten times as long.
        let bytes = Substring(authority).utf8
        let bracket = bytes.lastIndex(of: UInt8(ascii: "]"))
        let colon = bytes[(bracket ?? bytes.startIndex)...].lastIndex(of: UInt8(ascii: ":"))
        let port = colon.flatMap { UInt16(Substring(bytes[bytes.index(after: $0)...])) }.map { Int($0) }
        let host = port == nil ? bytes : bytes[..<(colon ?? bytes.endIndex)]
        let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]") && host.count > 1
        return (String(Substring(isBracketed ? host.dropFirst().dropLast() : host)), port)
    }

    /// A query whose known secrets are replaced: the signatures of presigned URLs.
    package static func redactedQuery(_ query: some StringProtocol) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            let key = pair.prefix { $0 != "=" }
            return secretParameters.contains(String(key)) ? "\(key)=REDACTED" : String(pair)
        }.joined(separator: "&")
    }

    /// A URL without user name and password, its query redacted.
    package static func redactedURL(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let base = withoutCredentials(String(parts[0]))
        guard parts.count == 2 else { return base }
        let tail = parts[1].split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        return base + "?" + redactedQuery(tail[0]) + (tail.count == 2 ? "#" + tail[1] : "")
    }

    private static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return url[..<scheme.upperBound] + "REDACTED:REDACTED" + rest[at...]
    }

    private static let knownMethods: Set<String> = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    ]

    private static let secretParameters: Set<String> = [
        "AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature", "X-Amz-Signature", "X-Amz-Security-Token",
        "X-Amz-Credential",
    ]
}
