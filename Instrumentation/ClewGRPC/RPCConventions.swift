import Clew
import GRPCCore
import Tracing

/// What both interceptors share of the RPC conventions.
///
/// Source: OpenTelemetry semantic conventions 1.37, "RPC spans" and "Semantic conventions for gRPC".
enum RPCConventions {
    /// The codes with which a server failed, rather than refused what its client asked for.
    private static let serverErrors: Set<RPCError.Code> = [
        .unknown, .deadlineExceeded, .unimplemented, .internalError, .unavailable, .dataLoss,
    ]

    static func isServerError(_ code: RPCError.Code) -> Bool { serverErrors.contains(code) }

    /// What gRPC makes of an error that leaves a handler.
    static func rpcError(_ error: any Error) -> RPCError {
        switch error {
        case let error as RPCError: error
        case let error as any RPCErrorConvertible: RPCError(error)
        default: RPCError(code: .unknown, message: "", cause: error)
        }
    }

    /// The time that a request gives its answer, as the protocol writes it: at most eight digits and a unit.
    static func timeout(_ metadata: Metadata) -> Duration? {
        guard let text = metadata[stringValues: "grpc-timeout"].first(where: { _ in true }), text.utf8.count <= 9,
            let amount = Int64(text.dropLast()), amount >= 0
        else { return nil }
        return switch text.last {
        case "H": .seconds(amount * 3600)
        case "M": .seconds(amount * 60)
        case "S": .seconds(amount)
        case "m": .milliseconds(amount)
        case "u": .microseconds(amount)
        case "n": .nanoseconds(amount)
        default: nil
        }
    }

    /// The value of `error.type`: the code's name as gRPC writes it, for example `DEADLINE_EXCEEDED`.
    static func name(of code: RPCError.Code) -> String {
        switch code {
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internalError: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        default: String(code.rawValue)
        }
    }
}

/// The other end of a connection, as gRPC describes it: `ipv4:127.0.0.1:50051`, `ipv6:[::1]:50051`, `unix:/path`.
struct Peer: Hashable {
    var address: String
    var port: Int?

    /// `nil` where the description is of no such form, as within a process.
    init?(_ description: String) {
        guard let colon = description.firstIndex(of: ":") else { return nil }
        let rest = description[description.index(after: colon)...]
        guard !rest.isEmpty else { return nil }
        switch description[..<colon] {
        case "ipv4", "ipv6":
            let (host, port) = HTTPConventions.hostAndPort(rest)
            self.init(address: host, port: port)
        case "unix": self.init(address: String(rest), port: nil)
        default: return nil
        }
    }

    init(address: String, port: Int?) {
        self.address = address
        self.port = port
    }
}

/// Reads context from the metadata of a request.
struct MetadataExtractor: Extractor {
    /// Several values of a key are one list, as several header lines are.
    func extract(key: String, from metadata: Metadata) -> String? {
        let values = Array(metadata[stringValues: key])
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

/// Writes context into the metadata of a request.
struct MetadataInjector: Injector {
    /// HTTP/2 has only lower-case names (RFC 9113 §8.2.1).
    func inject(_ value: String, forKey key: String, into metadata: inout Metadata) {
        metadata.removeAll { other, _ in other.isReplaced(by: key) }
        metadata.addString(value, forKey: key.lowercased())
    }
}
