/// How often and how patiently ``Retry`` repeats a call.
public struct RetrySettings: Hashable, Sendable {
    /// The first attempt and its repetitions together; default 3. Less than 1 counts as 1: no repetition.
    ///
    /// Source of the default: Beyer et al., "Site Reliability Engineering" (2016), chapter 21, "Handling Overload",
    /// "Deciding to Retry".
    public var maximumAttempts = 3
    /// The waits between attempts; default: a random share of 50 ms, 100 ms and so on to 2 s.
    public var backoff = Backoff()
    /// The longest wait that an error may ask for by `PatternError.retryAfter`; default 30 s. Longer ones are cut to it,
    /// and zero or less ignores them all.
    public var maximumRetryAfter = Duration.seconds(30)

    public init() {}

    /// The wait that an error asked for, within its bounds.
    func minimumDelay(_ retryAfter: Duration?) -> Duration {
        max(.zero, min(retryAfter ?? .zero, maximumRetryAfter, Deadline.longest))
    }
}
