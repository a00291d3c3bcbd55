import ClewModel
import Synchronization

/// What the blocks of one partition hold.
struct PartitionStatistics: Sendable {
    var spans = 0
    var logRecords = 0
    var blocks = 0
    var times: ClosedRange<UnixNanoseconds>?

    init(_ headers: [BlockHeader]) {
        add(headers)
    }

    mutating func add(_ headers: [BlockHeader]) {
        for header in headers {
            switch header.signal {
            case .traces: spans += header.rowCount
            case .logs: logRecords += header.rowCount
            case .metrics: break
            }
            blocks += 1
            let (before, times) = (self.times ?? header.times, header.times)
            self.times = min(before.lowerBound, times.lowerBound)...max(before.upperBound, times.upperBound)
        }
    }
}

/// The statistics of a partition, which outlive its being open.
final class StatisticsRecord: Sendable {
    private let statistics = Mutex<PartitionStatistics?>(nil)

    /// `nil` before the partition was opened for the first time.
    var current: PartitionStatistics? { statistics.withLock { $0 } }

    func set(_ new: PartitionStatistics) {
        statistics.withLock { $0 = new }
    }

    func add(_ headers: [BlockHeader]) {
        statistics.withLock { $0?.add(headers) }
    }
}
