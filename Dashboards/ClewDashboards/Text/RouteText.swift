/// Routes in words.
enum RouteText {
    /// `POST /checkout`, which names a route by itself; any other name needs its service: `digest of notifications`.
    static func name(service: String, operation: String) -> StyledText {
        "\(operation.isEmpty ? "every request" : operation, .strong)"
            + (operation.contains("/") ? StyledText() : " of \(service, .accent)")
    }
}
