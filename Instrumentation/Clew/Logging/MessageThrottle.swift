import ClewModel
import Synchronization

/// Lets a message through once a minute, and at most a hundred different ones, so that trouble that lasts does not flood
/// the log.
final class MessageThrottle: Sendable {
    private static let interval: UInt64 = 60 * .nanosecondsPerSecond
    private static let mostMessages = 100

    /// When each message of the last minute was let through.
    private let passed = Mutex<[String: UInt64]>([:])

    /// Whether the message may be written now.
    ///
    /// - Parameter now: By the monotonic clock, in nanoseconds.
    func passes(_ message: String, now: UInt64) -> Bool {
        passed.withLock { passed in
            passed = passed.filter { now &- $0.value < Self.interval }
            guard passed[message] == nil, passed.count < Self.mostMessages else { return false }
            passed[message] = now
            return true
        }
    }
}
