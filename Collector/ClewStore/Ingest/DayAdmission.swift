import ClewModel
import ClewWire
import Synchronization

/// Decides which days may get a partition, so that a sender with a broken clock cannot make a file for each of 200,000
/// days.
///
/// Days near now always may. Of the others only so many may, those that were there first.
final class DayAdmission: Sendable {
    /// Days before and after today that are near.
    static let nearDays = 30

    private let days: Mutex<Set<PartitionDay>>
    private let maximumDistant: Int
    /// Nanoseconds; `nil` for ever.
    private let retention: UInt64?
    private let now: @Sendable () -> UnixNanoseconds

    /// - Parameters:
    ///   - days: Those that have a partition.
    ///   - maximumDistant: How many days that are not near may have one.
    ///   - retention: Days that ended so long ago are not taken any more.
    init(
        _ days: [PartitionDay], maximumDistant: Int, retention: Duration?,
        now: @escaping @Sendable () -> UnixNanoseconds
    ) {
        self.days = Mutex(Set(days))
        self.retention = retention.map { UInt64(clamping: $0.nanoseconds) }
        self.maximumDistant = maximumDistant
        self.now = now
    }

    /// Whether a day lies behind what the store keeps.
    func isExpired(_ day: PartitionDay) -> Bool {
        guard let retention else { return false }
        let now = now()
        return day < PartitionDay(of: now - min(now, retention))
    }

    /// Why rows of a day are not taken; `nil` where they are. A day that was taken once is taken until it expires.
    func refusal(of day: PartitionDay) -> RejectionReason? {
        if isExpired(day) { return .tooOld }
        let today = PartitionDay(of: now()).number
        func isNear(_ day: PartitionDay) -> Bool { abs(day.number - today) <= Self.nearDays }
        return days.withLock { days in
            if days.contains(day) { return nil }
            guard isNear(day) || days.count(where: { !isNear($0) }) < maximumDistant else { return .tooManyDays }
            days.insert(day)
            return nil
        }
    }
}
