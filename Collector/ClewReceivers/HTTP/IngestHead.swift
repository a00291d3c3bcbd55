import ClewModel
import NIOHTTP1

/// What the receiver reads from the head of a request.
struct IngestHead {
    /// Where a request's records belong and how they are written.
    struct Content {
        var signal: Signal
        var encoding: OTLPEncoding
        var coding: ContentCoding
    }

    var connection: ConnectionReuse
    /// The form of the answer, errors included; JSON where the request's form is not known.
    var encoding = OTLPEncoding.json
    /// What the refusal of the request is counted under; `nil` for a path that no signal has.
    var signal: Signal?
    var content: Result<Content, IngestFailure>
    var contentLength: Int?
    /// Whether the sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    var expectsContinue = false

    init(_ head: HTTPRequestHead) {
        var fields = Fields(head.headers)
        connection =
            !head.isKeepAlive || fields.upgrades ? .close : head.version == .http1_0 ? .keepAliveNamed : .keepAlive
        contentLength = fields.contentLength.flatMap { Int($0) }
        expectsContinue = head.version == .http1_1 && fields.expect?.lowercased() == "100-continue"
        signal = Self.signal(head.uri)
        let encoding = fields.contentType.flatMap { OTLPEncoding(contentType: $0) }
        self.encoding = encoding ?? .json
        content = Self.content(head, signal, encoding, &fields)
    }

    private static func content(
        _ head: HTTPRequestHead, _ signal: Signal?, _ encoding: OTLPEncoding?, _ fields: inout Fields
    ) -> Result<Content, IngestFailure> {
        guard let signal else { return .failure(.notFound(path(head.uri))) }
        guard head.method == .POST else { return .failure(.methodNotAllowed(head.method)) }
        guard let encoding else {
            return .failure(
                .unsupported(
                    "Content-Type '\(fields.contentType ?? "")' is not understood; "
                        + "send application/x-protobuf or application/json"))
        }
        guard let coding = ContentCoding(contentEncoding: fields.contentEncoding) else {
            return .failure(
                .unsupported(
                    "Content-Encoding '\(fields.contentEncoding ?? "")' is not understood; send gzip or identity"))
        }
        return .success(Content(signal: signal, encoding: encoding, coding: coding))
    }

    private static func signal(_ uri: String) -> Signal? {
        switch uri {
        case "/v1/traces": return .traces
        case "/v1/logs": return .logs
        case "/v1/metrics": return .metrics
        default:
            let path = path(uri)
            return path == uri ? nil : signal(path)
        }
    }

    /// The path of a request's target, which may be a whole URI and have a query (RFC 9112, section 3.2).
    private static func path(_ uri: String) -> String {
        var path = uri.prefix { $0 != "?" && $0 != "#" }
        if !path.hasPrefix("/"), let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        return String(path)
    }
}

/// Whether a connection serves further requests, as the head of one says.
enum ConnectionReuse {
    case keepAlive
    /// As HTTP/1.0 has it, where the answer must say so.
    case keepAliveNamed
    case close
}

/// The fields that matter here, found in one walk over all.
private struct Fields {
    var contentType: String?
    var contentEncoding: String?
    var contentLength: String?
    var expect: String?
    var upgrades = false

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            // The length tells most names apart without looking at them.
            switch name.utf8.count {
            case 6 where Self.isSame(name, "expect"): expect = value
            case 7 where Self.isSame(name, "upgrade"): upgrades = true
            case 12 where Self.isSame(name, "content-type"): contentType = value
            case 14 where Self.isSame(name, "content-length"): contentLength = value
            case 16 where Self.isSame(name, "content-encoding"):
                // Several fields of one name are one list (RFC 9110, section 5.3).
                contentEncoding = contentEncoding.map { $0 + ", " + value } ?? value
            default: break
            }
        }
    }

    private static func isSame(_ name: String, _ lowercased: String) -> Bool {
        zip(name.utf8, lowercased.utf8).allSatisfy { $0 | 0x20 == $1 }
    }
}
