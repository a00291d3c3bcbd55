/// Which ranges of a file are free.
///
/// It is not stored: what the catalogue does not name is free.
struct FreeSpace {
    /// Ascending, never adjacent.
    private var gaps: [Range<Int>] = []
    /// Where the last range in use ends.
    private(set) var end = 0

    var freeBytes: Int { gaps.reduce(0) { $0 + $1.count } }

    init(used: [Range<Int>]) {
        for range in used.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > end { gaps.append(end..<range.lowerBound) }
            end = max(end, range.upperBound)
        }
    }

    /// The first gap that is large enough, else the end of the file.
    mutating func allocate(_ count: Int) -> Range<Int> {
        if let index = gaps.firstIndex(where: { $0.count >= count }) {
            let start = gaps[index].lowerBound
            gaps[index] = (start + count)..<gaps[index].upperBound
            if gaps[index].isEmpty { gaps.remove(at: index) }
            return start..<(start + count)
        }
        defer { end += count }
        return end..<(end + count)
    }

    /// Gives a range back, with which ``end`` may move.
    mutating func release(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let index = gaps.firstIndex { $0.lowerBound > range.lowerBound } ?? gaps.count
        gaps.insert(range, at: index)
        if index + 1 < gaps.count, gaps[index].upperBound == gaps[index + 1].lowerBound {
            gaps[index] = gaps[index].lowerBound..<gaps.remove(at: index + 1).upperBound
        }
        if index > 0, gaps[index - 1].upperBound == gaps[index].lowerBound {
            gaps[index - 1] = gaps[index - 1].lowerBound..<gaps.remove(at: index).upperBound
        }
        if let last = gaps.last, last.upperBound == end {
            end = last.lowerBound
            gaps.removeLast()
        }
    }
}
