/// Waits until a process has nothing left to do, as far as its use of something shows.
struct IdleWait: Sendable {
    /// How long the use has to stay the same.
    static let quiet = Duration.seconds(2)
    private static let interval = Duration.milliseconds(250)

    /// A change up to this counts as none.
    var tolerance: Double
    var limit: Duration
    var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// - Parameters:
    ///   - shouldStop: Ends the wait early.
    ///   - usage: What grows while the process works, such as its CPU seconds.
    /// - Returns: How long it went on working; `nil` where it did not become quiet within the limit.
    func wait(
        unless shouldStop: () -> Bool, _ usage: () throws(Failure) -> Double
    ) async throws(Failure) -> Duration? {
        var (elapsed, quietSince) = (Duration.zero, Duration.zero)
        var reference = try usage()
        while elapsed < limit, !shouldStop() {
            await sleep(Self.interval)
            elapsed += Self.interval
            let now = try usage()
            if abs(now - reference) > tolerance { (reference, quietSince) = (now, elapsed) }
            if elapsed - quietSince >= Self.quiet { return quietSince }
        }
        return nil
    }
}
