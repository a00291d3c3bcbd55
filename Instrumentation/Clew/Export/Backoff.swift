/// Waiting times between attempts: exponential with full jitter.
///
/// Source: OTLP specification, "OTLP/HTTP Throttling" (exponential backoff with jitter); full jitter is the variant with
/// the least load in M. Brooker, "Exponential Backoff And Jitter", AWS 2015.
struct Backoff {
    static let base = Duration.seconds(1)
    static let limit = Duration.seconds(30)

    /// How long to wait after the given number of failed attempts (from 1), never less than the receiver asked for.
    static func delay(
        afterFailures failures: Int, asked: Duration?, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let ceiling = min(limit, base * (1 << min(max(failures - 1, 0), 10)))
        let jittered = ceiling * Double.random(in: 0...1, using: &generator)
        return max(asked ?? .zero, jittered)
    }
}
