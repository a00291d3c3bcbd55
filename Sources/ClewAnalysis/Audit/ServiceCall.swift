/// A call from one service to another that the caller waits for; spans are given by their place in the trace.
struct ServiceCall: Hashable, Sendable {
    /// The span that waits for the answer: the caller's, or where it sent none, the callee's.
    let span: Int
    /// The span by which the call entered the called service, where that sent one.
    let entry: Int?
    /// The span by which the request that makes the call entered the caller.
    let request: Int
    let hop: ServiceHop
    /// Whether the caller sent a client span: else that this is a call is read from the services alone.
    let isTyped: Bool
}
