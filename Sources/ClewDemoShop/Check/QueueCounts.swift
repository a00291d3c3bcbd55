/// What a broker that keeps no file here says of one of its queues.
struct QueueCounts: Hashable, Sendable {
    /// Messages that wait, without those that a consumer holds.
    var waiting = 0
    /// Messages that were given up; it does not tell which.
    var deadLetters = 0
}
