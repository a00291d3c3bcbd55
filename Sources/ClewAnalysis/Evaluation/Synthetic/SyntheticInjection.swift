import ClewModel

/// A fault as one incident has it.
struct SyntheticInjection: Sendable {
    var fault: SyntheticFault
    var service: SyntheticService
    /// From the mildest, 0, to the worst, 1.
    var severity: Double
    /// When it is there.
    var time: Range<UnixNanoseconds>
    /// Where in an operation's steps it strikes, 0..<1.
    var point: Double
    /// Whether a slow network delays what the service itself asks of others, too.
    var isWide: Bool
    /// When everything stands still, in order of time; only of ``SyntheticFault/pause``.
    var pauses: [Range<UnixNanoseconds>] = []

    init(
        _ fault: SyntheticFault, _ service: SyntheticService, in window: Range<UnixNanoseconds>,
        using random: inout SyntheticRandom
    ) {
        self.fault = fault
        self.service = service
        severity = random.uniform(0...1)
        point = min(random.uniform(0...1), 0.999)
        isWide = random.chance(0.5)
        time = Self.time(in: window, using: &random)
        if fault == .pause { pauses = breaks(using: &random) }
    }

    /// The severity as a figure between these, which may fall.
    func between(_ mildest: Double, _ worst: Double) -> Double { mildest + severity * (worst - mildest) }

    /// In three cases of five the whole window; otherwise from somewhere in its first half on.
    private static func time(
        in window: Range<UnixNanoseconds>, using random: inout SyntheticRandom
    ) -> Range<UnixNanoseconds> {
        let length = Double(window.upperBound - window.lowerBound)
        let quiet = random.chance(0.6) ? 0 : random.uniform(0.1...0.5) * length
        return (window.lowerBound + UInt64(quiet))..<window.upperBound
    }

    /// A stop of a quarter of a second to a second every three to eight seconds.
    private func breaks(using random: inout SyntheticRandom) -> [Range<UnixNanoseconds>] {
        var breaks: [Range<UnixNanoseconds>] = []
        var end = time.lowerBound
        while end < time.upperBound {
            let start = end + UInt64(random.uniform(3e9...8e9))
            end = start + UInt64(between(0.25e9, 1e9) * random.uniform(0.7...1.3))
            breaks.append(start..<end)
        }
        return breaks
    }

    /// When what would end at `end` ends, if it began at `start`: nothing goes on in a pause.
    func delayed(_ start: UnixNanoseconds, _ end: UnixNanoseconds) -> UnixNanoseconds {
        var end = end
        for pause in pauses where pause.upperBound > start && pause.lowerBound <= end {
            end += pause.upperBound - max(pause.lowerBound, start)
        }
        return end
    }
}
