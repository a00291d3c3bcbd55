import ClewModel
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
    private let now: @Sendable () -> UnixNanoseconds

    /// - Parameters:
    ///   - days: Those that have a partition.
    ///   - maximumDistant: How many days that are not near may have one.
    init(_ days: [PartitionDay], maximumDistant: Int, now: @escaping @Sendable () -> UnixNanoseconds) {
        self.days = Mutex(Set(days))
        self.maximumDistant = maximumDistant
        self.now = now
    }

    /// Whether rows of a day are taken; a day that was taken once is taken again.
    func admits(_ day: PartitionDay) -> Bool {
        let today = PartitionDay(of: now()).number
        func isNear(_ day: PartitionDay) -> Bool { abs(day.number - today) <= Self.nearDays }
        return days.withLock { days in
            if days.contains(day) { return true }
            guard isNear(day) || days.count(where: { !isNear($0) }) < maximumDistant else { return false }
            days.insert(day)
            return true
        }
    }
}
