public import ClewModel

/// What belongs to a trace and can be sorted into it.
public protocol TraceMember: Sendable {
    var traceID: TraceID { get }
}

extension SpanSummary: TraceMember {}

/// Sorts spans that come in any order into traces, within a bound on memory.
///
/// A trace is either kept whole or dropped whole: half a trace would mislead. When the spans no longer fit, the traces
/// whose hashed id lies in the upper half of the range kept so far are dropped, and later spans of such ids are refused.
/// What remains is a fair sample of the traces, ``keptShare`` of them, the same on every run.
public struct TraceGrouper<Member: TraceMember>: Sendable {
    /// Spans held at most.
    public let maximumSpans: Int
    /// Spans of one trace at most; a larger trace is dropped, so that it cannot push all others out.
    public let maximumSpansPerTrace: Int
    /// Spans that were left out.
    public private(set) var droppedSpans = 0
    /// Traces that were left out for having more than ``maximumSpansPerTrace`` spans.
    public private(set) var oversizedTraces = 0
    /// Spans held.
    public private(set) var spanCount = 0
    /// How often the range of kept ids was halved.
    private var halvings = 0
    private var groups: [Group] = []
    private var places: [TraceID: Int] = [:]

    private struct Group {
        var traceID: TraceID
        var spans: [Member] = []
        var isOversized = false
    }

    public init(maximumSpans: Int = 1_000_000, maximumSpansPerTrace: Int = 250_000) {
        self.maximumSpans = max(1, maximumSpans)
        self.maximumSpansPerTrace = max(1, maximumSpansPerTrace)
    }

    /// The share of all trace ids that are kept, 0...1; 1 unless memory ran out.
    public var keptShare: Double { halvings < 64 ? 1 / Double(UInt64(1) << UInt64(halvings)) : 0 }

    /// Whether something of this trace is held.
    public func holds(_ id: TraceID) -> Bool { places[id] != nil }

    public mutating func add(_ span: Member) {
        guard keeps(span.traceID) else {
            droppedSpans += 1
            return
        }
        append(span)
        while spanCount > maximumSpans { halve() }
    }

    /// The groups, in order of their first span. The grouper is empty afterwards and keeps its counts.
    public mutating func finish() -> [[Member]] {
        let finished = groups.lazy.filter { !$0.spans.isEmpty }.map(\.spans)
        defer {
            groups = []
            places = [:]
            spanCount = 0
        }
        return Array(finished)
    }

    private func keeps(_ id: TraceID) -> Bool {
        // Ids need not be random in each bit, so they are mixed first. One of them is mixed to zero.
        halvings < 64 && SplitMix64.mix(id.low ^ SplitMix64.mix(id.high)) <= UInt64.max >> UInt64(halvings)
    }

    private mutating func append(_ span: Member) {
        let place = places[span.traceID] ?? groups.count
        if place == groups.count {
            places[span.traceID] = place
            groups.append(Group(traceID: span.traceID))
        }
        guard !groups[place].isOversized else {
            droppedSpans += 1
            return
        }
        groups[place].spans.append(span)
        spanCount += 1
        if groups[place].spans.count > maximumSpansPerTrace { dropOversized(place) }
    }

    private mutating func dropOversized(_ place: Int) {
        spanCount -= groups[place].spans.count
        droppedSpans += groups[place].spans.count
        oversizedTraces += 1
        groups[place].spans = []
        groups[place].isOversized = true
    }

    private mutating func halve() {
        halvings += 1
        groups = groups.filter { keeps($0.traceID) }
        let kept = groups.reduce(0) { $0 + $1.spans.count }
        droppedSpans += spanCount - kept
        spanCount = kept
        places = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1.traceID, $0) })
    }
}
