import ClewAnalysis
import NIOCore

/// What one connection of a run, or all of them, sent and measured.
struct SenderResult: Sendable {
    /// Bodies before compression, and as they went over the wire.
    var bytes = 0
    var wireBytes = 0
    /// From sending to the acknowledgement, retries included; at a fixed rate from the moment the request was due.
    var latencies = DurationHistogram()
    var longest: UInt64 = 0
    /// Spans that the collector answered it did not take.
    var rejected = 0
    /// Requests that were begun and not acknowledged.
    var unacknowledged: Set<Int> = []
    /// Requests sent again after a connection ended, which may have been stored twice.
    var resent: Set<Int> = []
    /// Where datagrams were sent: what the header names their source.
    var sources: Set<UInt64> = []
    var last: NIODeadline?

    mutating func record(_ latency: UInt64, at now: NIODeadline) {
        latencies.record(latency)
        longest = max(longest, latency)
        last = now
    }

    mutating func merge(_ other: SenderResult) {
        bytes += other.bytes
        wireBytes += other.wireBytes
        latencies.merge(other.latencies)
        longest = max(longest, other.longest)
        rejected += other.rejected
        unacknowledged.formUnion(other.unacknowledged)
        resent.formUnion(other.resent)
        sources.formUnion(other.sources)
        last = [last, other.last].compactMap(\.self).max()
    }
}
