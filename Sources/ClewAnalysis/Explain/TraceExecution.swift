import ClewModel

/// A trace as executions of operations: what each calls in which order, and how long it works itself.
struct TraceExecution {
    let trace: Trace
    /// The number of each span's operation, by its place in ``Trace/spans``; -1 where there was no room for it.
    let operations: [Int32]
    /// Per span, the first child in another service.
    private let callees: [Int?]
    private let descendantCounts: [Int]
    private let bySpanID: [SpanID: Int]

    /// - Parameter hasRecords: Whether ``span(of:)`` will be asked.
    init(_ trace: Trace, names: inout ExplainNames, hasRecords: Bool) {
        self.trace = trace
        var operations: [Int32] = []
        operations.reserveCapacity(trace.count)
        for span in trace.spans {
            operations.append(names.number(of: Operation(service: span.service, name: span.name)) ?? -1)
        }
        self.operations = operations
        callees = (0..<trace.count).map { trace.calleeElsewhere(of: $0) }
        var counts = Array(repeating: 0, count: trace.count)
        for index in (0..<trace.count).reversed() {
            if let parent = trace.parent(of: index) { counts[parent] += counts[index] + 1 }
        }
        descendantCounts = counts
        // Of spans that share an id the deepest is the one that works and writes logs.
        bySpanID =
            hasRecords
            ? Dictionary(trace.spans.indices.map { (trace.spans[$0].spanID, $0) }, uniquingKeysWith: { $1 }) : [:]
    }

    /// Spans below it.
    func descendants(_ index: Int) -> Int { descendantCounts[index] }

    func example(_ index: Int) -> Suspect.Example {
        Suspect.Example(trace: trace.spans[index].traceID, span: trace.spans[index].spanID)
    }

    /// What it calls, in order of start; consumers come in any order and are not waited for.
    func calls(of index: Int) -> [(key: CallKey, isWaitedFor: Bool)] {
        trace.children(of: index).compactMap { child in
            guard operations[child] >= 0 else { return nil }
            let span = trace.spans[child]
            let key = CallKey(
                step: operations[child], callee: callees[child].map { operations[$0] } ?? -1,
                isDatabase: span.target?.kind == .database)
            return (key, span.kind != .consumer)
        }
    }

    /// Whether it failed and neither a child's failure nor what its callee did explains that.
    func failsByItself(_ index: Int) -> Bool {
        guard trace.spans[index].isError, callees[index] == nil else { return false }
        return !trace.children(of: index).contains { trace.spans[$0].isError }
    }

    /// The span that wrote a record: the one that it names.
    func span(of record: LogRecord) -> Int? {
        record.spanID.flatMap { bySpanID[$0] }
    }
}

/// What executions call and how often, made into a number: only those of one shape are compared.
enum ExecutionShape {
    /// Of what calls nothing.
    static let leaf = 0

    /// Equal for executions that call the same things about as often, in any order; the same in every window.
    static func of(_ counts: [CallKey: Int], _ names: ExplainNames) -> Int {
        var shape: UInt64 = 0
        for (call, count) in counts {
            // Up to four exactly, then by doublings.
            let magnitude = count <= 4 ? count : 2 + count.bitWidth - count.leadingZeroBitCount
            let callee = call.callee < 0 ? 0 : names.hashes[Int(call.callee)]
            let hash = SplitMix64.mix(names.hashes[Int(call.step)] ^ SplitMix64.mix(callee))
            shape ^= SplitMix64.mix(hash &+ UInt64(magnitude))
        }
        return Int(truncatingIfNeeded: shape)
    }
}
