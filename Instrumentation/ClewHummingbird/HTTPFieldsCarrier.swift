import Clew
public import HTTPTypes
public import Tracing

/// Reads and writes context in the HTTP headers of Swift HTTP Types, which Hummingbird uses.
///
/// Names that differ in case alone are equal, and a header that is there several times is read as one, as in
/// `PairCarrier`. A name that HTTP does not allow is not read, and not written.
///
/// ```swift
/// let context = ServiceContext.topLevel.extracting(request.headers, using: .httpFields)
/// ```
public struct HTTPFieldsCarrier: Extractor, Injector {
    /// Made once: making a name checks each of its letters, and copies it where one is a capital.
    private static let known = Propagator.headers.compactMap { HTTPField.Name($0) }

    public init() {}

    public func extract(key: String, from headers: HTTPFields) -> String? {
        Self.name(key).flatMap { headers[$0] }
    }

    public func inject(_ value: String, forKey key: String, into headers: inout HTTPFields) {
        guard let name = Self.name(key) else { return }
        headers.removeAll { $0.name.rawName.isReplaced(by: key) }
        headers.append(HTTPField(name: name, value: value))
    }

    private static func name(_ key: String) -> HTTPField.Name? {
        known.first { $0.rawName == key } ?? HTTPField.Name(key)
    }
}

extension Extractor where Self == HTTPFieldsCarrier {
    public static var httpFields: HTTPFieldsCarrier { HTTPFieldsCarrier() }
}

extension Injector where Self == HTTPFieldsCarrier {
    public static var httpFields: HTTPFieldsCarrier { HTTPFieldsCarrier() }
}
