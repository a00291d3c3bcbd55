import ClewModel

/// What the blocks of one partition hold.
struct PartitionStatistics: Sendable {
    var spans = 0
    var logRecords = 0
    var blocks = 0
    var times: ClosedRange<UnixNanoseconds>?

    init(_ headers: [BlockHeader]) {
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
