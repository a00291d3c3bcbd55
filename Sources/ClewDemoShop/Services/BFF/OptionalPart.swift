import ClewPatterns
import Hummingbird

/// Gets a part that a page can do without: `nil` where the service behind it fails, which the span shows.
///
/// A refusal (4xx) is thrown: the page asked for something wrong.
func optional<Value: Sendable>(
    _ name: String, _ switches: Switches, _ call: @Sendable () async throws -> Value
) async throws -> Value? {
    try await withFallback(name: name, span: RequestSpan.current, when: switches.standsIn(for:)) {
        try await call()
    } fallback: { _ in
        nil
    }
}

extension Switches {
    /// Whether a fallback answers instead: for an error that says that a callee does not work, not that it was asked
    /// for something wrong.
    func standsIn(for error: any Error) -> Bool {
        !isWithout(.fallback) && ((error as? any HTTPResponseError)?.status.code ?? 500) >= 500
    }
}
