import ClewModel

/// A trace as executions of operations: what each calls in which order, and how long it works itself.
struct TraceExecution {
    let trace: Trace
    /// Where each span ran, by its place in ``Trace/spans``.
    let places: [[ExplainSpan.Place]]
    /// Nanoseconds in which none of a span's children ran.
    let ownTimes: [UInt64]
    private let callees: [Int?]
    private let counts: [Int]
    private let bySpanID: [SpanID: Int]

    init(_ trace: Trace, places: [[ExplainSpan.Place]]) {
        self.trace = trace
        self.places = places
        var ownTimes: [UInt64] = []
        ownTimes.reserveCapacity(trace.count)
        var bySpanID: [SpanID: Int] = [:]
        var callees: [Int?] = []
        for index in 0..<trace.count {
            ownTimes.append(trace.ownTime(of: index))
            callees.append(trace.calleeElsewhere(of: index))
            // Of spans that share an id the deepest is the one that works and writes logs.
            bySpanID[trace.spans[index].spanID] = index
        }
        var counts = Array(repeating: 0, count: trace.count)
        for index in (0..<trace.count).reversed() {
            if let parent = trace.parent(of: index) { counts[parent] += counts[index] + 1 }
        }
        (self.ownTimes, self.callees, self.counts, self.bySpanID) = (ownTimes, callees, counts, bySpanID)
    }

    func operation(_ index: Int) -> Operation {
        Operation(service: trace.spans[index].service, name: trace.spans[index].name)
    }

    /// The shape of what calls nothing.
    static let leaf = 0

    /// Equal for executions that call the same things about as often, in any order.
    ///
    /// Made of the names' own hashes, which are the same in every process.
    func shape(_ index: Int) -> Int {
        var counts: [UInt64: Int] = [:]
        for child in trace.children(of: index) {
            let span = trace.spans[child]
            let callee = callees[child].map { trace.spans[$0].service } ?? ""
            counts[Self.hash(span.service, Self.hash(span.name, Self.hash(callee, 0))), default: 0] += 1
        }
        var shape: UInt64 = 0
        for (hash, count) in counts {
            // Up to four exactly, then by doublings.
            let magnitude = count <= 4 ? count : 2 + count.bitWidth - count.leadingZeroBitCount
            shape ^= SplitMix64.mix(hash &+ UInt64(magnitude))
        }
        return Int(truncatingIfNeeded: shape)
    }

    private static func hash(_ text: String, _ seed: UInt64) -> UInt64 {
        text.utf8.reduce(SplitMix64.mix(seed)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Spans below it.
    func descendants(_ index: Int) -> Int { counts[index] }

    func example(_ index: Int) -> Suspect.Example {
        Suspect.Example(trace: trace.spans[index].traceID, span: trace.spans[index].spanID)
    }

    /// What it calls, in order of start; consumers come in any order and are not waited for.
    func calls(of index: Int) -> [Call] {
        trace.children(of: index).filter { trace.spans[$0].kind != .consumer }.map { child in
            Call(
                step: operation(child),
                callee: callees[child].map { operation($0) },
                isDatabase: trace.spans[child].target?.kind == .database)
        }
    }

    /// Whether it failed and neither a child's failure nor what its callee did explains that.
    func failsByItself(_ index: Int) -> Bool {
        guard trace.spans[index].isError, callees[index] == nil else { return false }
        return !trace.children(of: index).contains { trace.spans[$0].isError }
    }

    /// The span that wrote a record: the one that it names, of its service.
    func span(of record: LogRecord) -> Int? {
        record.spanID.flatMap { bySpanID[$0] }
    }
}
