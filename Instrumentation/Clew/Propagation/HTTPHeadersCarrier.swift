public import NIOHTTP1
public import Tracing

/// Reads and writes context in the HTTP headers of SwiftNIO, which AsyncHTTPClient and Vapor use too.
///
/// Names that differ in case alone are equal, and a header that is there several times is read as one, as in
/// ``PairCarrier``.
///
/// ```swift
/// ServiceContext.current?.inject(into: &request.headers, using: .httpHeaders)
/// ```
public struct HTTPHeadersCarrier: Extractor, Injector {
    public init() {}

    public func extract(key: String, from headers: HTTPHeaders) -> String? {
        let values = headers[key]
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    public func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
        for (name, _) in headers where name.isReplaced(by: key) { headers.remove(name: name) }
        headers.add(name: key, value: value)
    }
}

extension Extractor where Self == HTTPHeadersCarrier {
    public static var httpHeaders: HTTPHeadersCarrier { HTTPHeadersCarrier() }
}

extension Injector where Self == HTTPHeadersCarrier {
    public static var httpHeaders: HTTPHeadersCarrier { HTTPHeadersCarrier() }
}
