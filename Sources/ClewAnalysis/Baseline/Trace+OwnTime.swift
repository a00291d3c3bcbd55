import ClewModel

extension Trace {
    /// Nanoseconds of a span in which none of its children ran: its duration less the union of theirs.
    ///
    /// As on the critical path, a consumer that outlives its parent is not waited for, and so takes nothing away.
    func ownTime(of index: Int) -> UInt64 {
        let end = end(of: index)
        var cursor = start(of: index)
        var own: UInt64 = 0
        // Siblings come in order of their starts.
        for child in children(of: index) {
            let interval = Interval(start: self.start(of: child), end: self.end(of: child))
            if interval.start >= end { break }
            if spans[child].kind == .consumer, interval.end > end { continue }
            if interval.start > cursor { own += interval.start - cursor }
            cursor = max(cursor, min(interval.end, end))
        }
        return own + (end - cursor)
    }
}
