import Clew
import HTTPTypes

extension ClientAddressSource {
    /// The address that the outermost trusted proxy saw; `nil` where the header has none that is an IP address.
    func address(in headers: HTTPFields) -> String? {
        switch self {
        case .peer: nil
        case .forwarded(let proxies):
            Self.element(headers, HTTPField.Name("Forwarded"), proxies).flatMap(Self.forwardedFor).flatMap(
                Self.ipAddress)
        case .xForwardedFor(let proxies):
            Self.element(headers, HTTPField.Name("X-Forwarded-For"), proxies).flatMap(Self.ipAddress)
        }
    }

    /// The element that the outermost of the proxies added, counted from the right.
    ///
    /// A quoted comma further left splits an element in two, but the count never gets there.
    private static func element(_ headers: HTTPFields, _ name: HTTPField.Name?, _ proxies: Int) -> Substring? {
        guard proxies > 0, let text = name.flatMap({ headers[$0] }) else { return nil }
        let elements = text.split(separator: ",", omittingEmptySubsequences: false)
        return elements[max(0, elements.count - proxies)]
    }

    private static func forwardedFor(_ element: Substring) -> Substring? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "for" else { continue }
            return parts[1]
        }
        return nil
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, each perhaps in quotes; without the port.
    private static func ipAddress(_ text: Substring) -> String? {
        let bare = text.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
        let isPlainIPv6 = !bare.hasPrefix("[") && bare.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1
        let host = isPlainIPv6 ? bare : HTTPConventions.hostAndPort(bare).host
        // As far as is needed to refuse `unknown`, `_hidden` and what no address holds; 45 is the longest in text form.
        let isAddress = host.utf8.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        let hasSeparator = host.contains(".") || host.contains(":")
        return (2...45).contains(host.utf8.count) && isAddress && hasSeparator ? host : nil
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
