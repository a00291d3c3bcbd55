public import ClewModel

/// What ``ExplainAnalysis`` keeps of a window: how long hops take, what operations call and how they end, and which log
/// patterns they write.
///
/// Feed it traces one by one. It keeps counts and histograms in bounded tables and a few examples, never traces; what
/// finds no room is counted in ``dropped``.
public struct ExplainProfile: Sendable {
    public let from: UnixNanoseconds
    public let to: UnixNanoseconds
    public private(set) var traceCount = 0
    public private(set) var spanCount = 0
    /// Log records that belong to a span.
    public private(set) var recordCount = 0
    /// The share of all traces that it was fed, 0...1; set by who feeds it.
    public var keptShare = 1.0
    /// Traces that it was not fed because one alone would take too much memory; set by who feeds it.
    public var oversizedTraces = 0

    /// Spans that name a parent, and those of them whose parent did not come.
    private(set) var children = 0
    private(set) var orphans = 0
    private(set) var slow: SlowAnalysis
    private(set) var roots = DurationHistogram()
    private(set) var names = ExplainNames()
    private(set) var hops = BoundedTable<HopKey, HopStatistics>(capacity: 5000)
    private(set) var operations = BoundedTable<Int32, OperationStatistics>(capacity: 20_000)
    private(set) var stops = BoundedTable<StopKey, StopStatistics>()
    private(set) var calls = BoundedTable<CallEdgeKey, CallStatistics>()
    private(set) var patterns = BoundedTable<PatternKey, PatternStatistics>(capacity: 20_000)

    private struct Written: Hashable {
        var span: Int
        var pattern: PatternKey
    }

    /// Of shapes and places, over all hops.
    private var histograms = 0

    /// At up to four kilobytes each.
    private static let maximumHistograms = 40_000
    /// Values of one attribute that are told apart; further ones are not.
    private static let maximumPlaces = 32
    /// Shapes of executions of one hop that are told apart.
    private static let maximumShapes = 16
    /// Records looked at of one trace.
    private static let maximumRecords = 10_000

    public init(from: UnixNanoseconds, to: UnixNanoseconds) {
        self.from = from
        self.to = to
        slow = SlowAnalysis(from: from, to: to)
    }

    /// Changes of statistics that found no room.
    public var dropped: Int {
        names.dropped + hops.dropped + operations.dropped + stops.dropped + calls.dropped + patterns.dropped
    }

    /// The share of spans that were lost, estimated by how many parents are missing.
    var loss: Double { Double(orphans) / Double(max(1, children)) }

    /// Adds a trace.
    ///
    /// - Parameters:
    ///   - spans: Those of one trace, in any order.
    ///   - records: Those that carry its id.
    public mutating func add(_ spans: [ExplainSpan], _ records: [LogRecord] = []) {
        guard !spans.isEmpty else { return }
        let trace = Trace(spans: spans.map(\.summary))
        let execution = TraceExecution(trace, names: &names, hasRecords: !records.isEmpty)
        slow.add(trace)
        traceCount += 1
        spanCount += trace.count
        if let root = trace.root, trace.isComplete { roots.record(trace.end(of: root) - trace.start(of: root)) }
        for index in 0..<trace.count {
            if trace.spans[index].parentSpanID?.isValid ?? false { children += 1 }
            if trace.annotations(of: index).contains(.missingParent) { orphans += 1 }
            guard execution.operations[index] >= 0 else { continue }
            let places = spans[trace.source(of: index)].places.compactMap { names.places.number(of: $0) }
            let calls = execution.calls(of: index)
            var counts: [CallKey: Int] = [:]
            for call in calls { counts[call.key, default: 0] += 1 }
            addTimes(of: index, execution, shape: ExecutionShape.of(counts, names), places)
            addOutcome(of: index, execution, places)
            addStops(of: index, execution, calls.lazy.filter(\.isWaitedFor).map(\.key))
            addCalls(of: index, execution, counts)
        }
        add(records, execution)
    }

    private mutating func addTimes(of index: Int, _ execution: TraceExecution, shape: Int, _ places: [Int32]) {
        let own = execution.trace.ownTime(of: index)
        let hop = Hop(of: index, in: execution.trace)
        guard let target = names.targets.number(of: hop.target) else { return }
        let key = HopKey(kind: hop.kind, operation: execution.operations[index], target: target)
        var room = Self.maximumHistograms - histograms
        hops.update(key, initial: HopStatistics()) { hop in
            hop.durations.record(own)
            if hop.shapes[shape] == nil {
                // Two always, so that `callsNothing` tells the truth.
                if hop.shapes.count < 2 || (hop.shapes.count < Self.maximumShapes && room > 0) {
                    hop.shapes[shape] = DurationHistogram()
                    room -= 1
                }
            }
            hop.shapes[shape]?.record(own)
            hop.examples.add(execution.example(index), weight: own)
            for place in places {
                if hop.places[place] == nil, hop.places.count < Self.maximumPlaces, room > 0 {
                    hop.places[place] = DurationHistogram()
                    room -= 1
                }
                hop.places[place]?.record(own)
            }
        }
        histograms = Self.maximumHistograms - room
    }

    private mutating func addOutcome(of index: Int, _ execution: TraceExecution, _ places: [Int32]) {
        let failed = execution.failsByItself(index)
        operations.update(execution.operations[index], initial: OperationStatistics()) { statistics in
            statistics.count += 1
            statistics.descendants += execution.descendants(index)
            if failed {
                statistics.errors += 1
                statistics.examples.add(execution.example(index), weight: execution.trace.spans[index].duration)
            }
            for place in places where statistics.places[place] != nil || statistics.places.count < Self.maximumPlaces {
                statistics.places[place, default: (0, 0)].count += 1
                if failed { statistics.places[place, default: (0, 0)].errors += 1 }
            }
        }
    }

    private mutating func addStops(of index: Int, _ execution: TraceExecution, _ calls: some Sequence<CallKey>) {
        var after: CallKey?
        func add(isLast: Bool) {
            let key = StopKey(operation: execution.operations[index], after: after)
            stops.update(key, initial: StopStatistics()) { stop in
                stop.count += 1
                guard isLast else { return }
                stop.stops += 1
                stop.examples.add(execution.example(index), weight: 0)
            }
        }
        for call in calls {
            add(isLast: false)
            after = call
        }
        add(isLast: true)
    }

    private mutating func addCalls(of index: Int, _ execution: TraceExecution, _ counts: [CallKey: Int]) {
        // In a fixed order, so that the same ones find room.
        for (call, count) in counts.sorted(by: { ($0.key.step, $0.key.callee) < ($1.key.step, $1.key.callee) }) {
            let key = CallEdgeKey(operation: execution.operations[index], call: call)
            calls.update(key, initial: CallStatistics()) { statistics in
                statistics.executions += 1
                statistics.calls += Double(count)
                statistics.squares += Double(count) * Double(count)
                statistics.examples.add(execution.example(index), weight: UInt64(count))
            }
        }
    }

    private mutating func add(_ records: [LogRecord], _ execution: TraceExecution) {
        guard !records.isEmpty else { return }
        var seen: Set<Written> = []
        for record in records.prefix(Self.maximumRecords) {
            guard let index = execution.span(of: record), execution.operations[index] >= 0,
                let line = record.body.stringValue
            else { continue }
            recordCount += 1
            guard let text = names.patterns.number(of: LogPattern.mask(line)) else { continue }
            let key = PatternKey(
                operation: execution.operations[index], severity: LogSeverity(record.severityNumber), text: text)
            // An execution counts once however often it writes the line.
            guard seen.insert(Written(span: index, pattern: key)).inserted else { continue }
            patterns.update(key, initial: PatternStatistics()) { statistics in
                statistics.executions += 1
                statistics.examples.add(execution.example(index), weight: 0)
            }
        }
    }
}
