/// The two forms of OTLP/HTTP bodies.
///
/// Source: OpenTelemetry protocol specification, "OTLP/HTTP".
enum OTLPEncoding: String, Hashable, Sendable {
    case protobuf = "application/x-protobuf"
    case json = "application/json"

    /// Reads a `Content-Type`, parameters ignored; `nil` for any other type.
    init?(contentType: String) {
        if let exact = OTLPEncoding(rawValue: contentType) {
            self = exact
            return
        }
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        self.init(rawValue: type)
    }
}

/// The encodings of a body that are understood.
enum ContentCoding: String, Hashable, Sendable {
    case identity
    case gzip

    /// Reads a `Content-Encoding`, where none is `identity`; `nil` for any other coding.
    init?(contentEncoding: String?) {
        guard let contentEncoding else {
            self = .identity
            return
        }
        let name = contentEncoding.lowercased().filter { !$0.isWhitespace }
        self.init(rawValue: name.isEmpty ? "identity" : name)
    }
}
