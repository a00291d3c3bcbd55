import ClewModel

extension AuditTrace {
    /// The status of a span's HTTP answer, where it has one.
    func status(_ index: Int) -> Int? {
        spans[index].int(SemanticConventions.httpResponseStatusCode) ?? spans[index].int("http.status_code")
    }

    /// The status of the answer as the caller saw it, else as the callee sent it.
    func status(of call: ServiceCall) -> Int? {
        status(call.span) ?? call.entry.flatMap { status($0) }
    }

    /// Whether the callee failed: it answered 5xx or a gRPC status of that sense, or not at all.
    ///
    /// A refusal by 4xx is no failure, nor is a call that a pattern of the caller did not let through.
    func isFailure(_ call: ServiceCall) -> Bool {
        let span = spans[call.span]
        if let status = status(call.span) { return status >= 500 }
        if let code = span.int(SemanticConventions.rpcGRPCStatusCode) { return Self.failedGRPCStatuses.contains(code) }
        if span.summary.isError { return !Self.refusals.contains(span.string(SemanticConventions.errorType) ?? "") }
        guard !call.isTyped, let entry = call.entry else { return false }
        return isError(entry) || status(entry).map { $0 >= 500 } ?? false
    }

    /// Whether the caller stopped waiting: its span has no answer, or ended in an error.
    ///
    /// The span of a cancelled call has neither a status nor an error; see `ClewHTTPClient`.
    func isGivenUp(_ call: ServiceCall) -> Bool {
        isError(call.span)
            || (spans[call.span].string(SemanticConventions.httpRequestMethod) != nil && status(call.span) == nil)
    }

    /// How often the caller had sent this call before; 0 for the first time.
    func resends(of call: ServiceCall) -> Int {
        max(0, spans[call.span].int(SemanticConventions.httpRequestResendCount) ?? 0)
    }

    /// The HTTP method, from the attributes of either side or else from a name such as `GET /orders` or `HTTP GET`.
    func method(of call: ServiceCall) -> String? {
        for index in [call.span, call.entry ?? call.span] {
            if let method = spans[index].string(SemanticConventions.httpRequestMethod) { return method }
            if let method = spans[index].string("http.method") { return method }
        }
        let words = spans[call.span].summary.name.split(separator: " ").prefix(2).map(String.init)
        return words.first { Self.methods.contains($0) }
    }

    /// What is asked for, without the instance that it is asked of; empty where the caller does not say.
    func resource(of call: ServiceCall) -> String {
        let span = spans[call.span]
        if let path = span.string(SemanticConventions.urlPath) ?? span.string("http.target") { return path }
        guard let url = span.string(SemanticConventions.urlFull) ?? span.string("http.url") else { return "" }
        let authority = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return String(authority.drop { $0 != "/" })
    }

    /// The statuses that the conventions call errors of the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
    /// INTERNAL, UNAVAILABLE and DATA_LOSS. Source: OpenTelemetry semantic conventions 1.37, "gRPC".
    private static let failedGRPCStatuses: Set<Int> = [2, 4, 12, 13, 14, 15]

    /// `error.type` of calls that never left the caller: codes of ClewPatterns' `PatternError`.
    private static let refusals: Set<String> = [
        "circuit_open", "bulkhead_full", "rate_limited", "load_shed", "no_endpoint",
    ]

    /// RFC 9110 §9.3, and PATCH of RFC 5789.
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]
}
