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

    /// Spans that name a parent, and those of them whose parent did not come.
    private(set) var children = 0
    private(set) var orphans = 0
    private(set) var slow: SlowAnalysis
    private(set) var roots = DurationHistogram()
    private(set) var hops = BoundedTable<Hop, HopStatistics>(capacity: 5000)
    private(set) var operations = BoundedTable<Operation, OperationStatistics>(capacity: 20_000)
    private(set) var stops = BoundedTable<Stop, StopStatistics>()
    private(set) var calls = BoundedTable<CallEdge, CallStatistics>()
    private(set) var patterns = BoundedTable<Pattern, PatternStatistics>(capacity: 20_000)

    /// A call and the operation that makes it; without a call, the operation's beginning.
    struct Stop: Hashable, Sendable {
        var operation: Operation
        var after: Call?
    }

    struct CallEdge: Hashable, Sendable {
        var operation: Operation
        var call: Call
    }

    struct Pattern: Hashable, Sendable {
        var operation: Operation
        var severity: LogSeverity
        var text: String
    }

    private struct Written: Hashable {
        var span: Int
        var pattern: Pattern
    }

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
        hops.dropped + operations.dropped + stops.dropped + calls.dropped + patterns.dropped
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
        let execution = TraceExecution(trace, places: (0..<trace.count).map { spans[trace.source(of: $0)].places })
        slow.add(trace)
        traceCount += 1
        spanCount += trace.count
        if let root = trace.root, trace.isComplete { roots.record(trace.end(of: root) - trace.start(of: root)) }
        for index in 0..<trace.count {
            if trace.spans[index].parentSpanID?.isValid ?? false { children += 1 }
            if trace.annotations(of: index).contains(.missingParent) { orphans += 1 }
            add(index, execution)
        }
        add(records, execution)
    }

    private mutating func add(_ index: Int, _ execution: TraceExecution) {
        let operation = execution.operation(index)
        let example = execution.example(index)
        let own = execution.ownTimes[index]
        let failed = execution.failsByItself(index)
        let places = execution.places[index]
        hops.update(Hop(of: index, in: execution.trace), initial: HopStatistics()) { hop in
            hop.durations.record(own)
            let shape = execution.shape(index)
            if hop.shapes[shape] != nil || hop.shapes.count < Self.maximumShapes {
                hop.shapes[shape, default: DurationHistogram()].record(own)
            }
            hop.examples.add(example, weight: own)
            for place in places where hop.places[place] != nil || hop.places.count < Self.maximumPlaces {
                hop.places[place, default: DurationHistogram()].record(own)
            }
        }
        operations.update(operation, initial: OperationStatistics()) { statistics in
            statistics.count += 1
            statistics.descendants += execution.descendants(index)
            if failed {
                statistics.errors += 1
                statistics.examples.add(example, weight: own)
            }
            for place in places where statistics.places[place] != nil || statistics.places.count < Self.maximumPlaces {
                statistics.places[place, default: (0, 0)].count += 1
                if failed { statistics.places[place, default: (0, 0)].errors += 1 }
            }
        }
        addCalls(of: index, operation, execution)
    }

    private mutating func addCalls(of index: Int, _ operation: Operation, _ execution: TraceExecution) {
        let calls = execution.calls(of: index)
        for (place, call) in ([nil] + calls.map(Optional.some)).enumerated() {
            let isLast = place == calls.count
            stops.update(Stop(operation: operation, after: call), initial: StopStatistics()) { stop in
                stop.count += 1
                guard isLast else { return }
                stop.stops += 1
                stop.examples.add(execution.example(index), weight: 0)
            }
        }
        var counts: [Call: Int] = [:]
        for call in calls { counts[call, default: 0] += 1 }
        for (call, count) in counts {
            self.calls.update(CallEdge(operation: operation, call: call), initial: CallStatistics()) { statistics in
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
            guard let index = execution.span(of: record), let line = record.body.stringValue else { continue }
            recordCount += 1
            let pattern = Pattern(
                operation: execution.operation(index), severity: LogSeverity(record.severityNumber),
                text: LogPattern.mask(line))
            // An execution counts once however often it writes the line.
            guard seen.insert(Written(span: index, pattern: pattern)).inserted else { continue }
            patterns.update(pattern, initial: PatternStatistics()) { statistics in
                statistics.executions += 1
                statistics.examples.add(execution.example(index), weight: 0)
            }
        }
    }
}

/// The severities that matter to the analysis (logs data model, "Severity").
enum LogSeverity: Int, Hashable, Sendable, Comparable {
    case info, warning, error

    init(_ number: UInt8) {
        self = number >= 17 ? .error : number >= 13 ? .warning : .info
    }

    static func < (left: LogSeverity, right: LogSeverity) -> Bool { left.rawValue < right.rawValue }
}
