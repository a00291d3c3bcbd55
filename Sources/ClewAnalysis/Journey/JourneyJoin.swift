public import ClewModel

/// Finds the traces that tell one story, by asking for traces, for spans that link to them and for correlation ids,
/// until nothing new comes up.
///
/// Who answers is the caller's affair:
///
/// ```swift
/// var join = JourneyJoin(of: subject)
/// join.propose(first)
/// while join.beginRound() {
///     for id in join.takeTraces() { join.add(id, spans(of: id)) }
///     join.propose(spans(linkingTo: join.takeLinkTargets()))
///     for id in join.takeCorrelationIDs() { join.propose(spans(with: id), sharing: id) }
/// }
/// ```
///
/// From a trace in which the messages of several requests meet, nothing is followed.
public struct JourneyJoin: Sendable {
    /// What a story may hold; more of it would not be read by anybody.
    public static let maximumTraces = 200
    public static let maximumRounds = 20
    public static let maximumSpans = 200_000
    static let maximumCorrelationIDs = 100

    /// Spans of the traces that belong together, trace by trace.
    public private(set) var spans: [Span] = []
    /// Whether a bound was reached.
    public private(set) var isCut = false
    /// Correlation ids that several orders share, so that they join only the traces that name the one that is meant.
    public private(set) var sharedCorrelationIDs: [String] = []
    /// Whether the story begins where the messages of several requests meet.
    public private(set) var beginsAtFanIn = false

    private let orderID: String?
    private var rounds = 0
    private var knownTraces: Set<TraceID> = []
    private var knownCorrelationIDs: Set<String> = []
    private var dueTraces: [TraceID] = []
    private var dueLinkTargets: [TraceID] = []
    private var dueCorrelationIDs: [String] = []

    public init(of subject: JourneySubject) {
        orderID = subject.orderID
        switch subject {
        case .trace(let id): want(id)
        case .correlation(let id): want(correlationID: id)
        case .attribute: break
        }
    }

    /// Whether there is something to ask.
    public mutating func beginRound() -> Bool {
        guard !dueTraces.isEmpty || !dueLinkTargets.isEmpty || !dueCorrelationIDs.isEmpty else { return false }
        guard rounds < Self.maximumRounds else {
            isCut = true
            return false
        }
        rounds += 1
        return true
    }

    /// Traces of which all spans are wanted.
    public mutating func takeTraces() -> [TraceID] { Self.take(&dueTraces) }

    /// Traces to which the spans that link are wanted.
    public mutating func takeLinkTargets() -> [TraceID] { Self.take(&dueLinkTargets) }

    /// Correlation ids of which the spans are wanted.
    public mutating func takeCorrelationIDs() -> [String] { Self.take(&dueCorrelationIDs) }

    /// Makes the traces of these spans part of the story.
    public mutating func propose(_ spans: some Sequence<Span>) {
        for span in spans { want(span.traceID) }
    }

    /// Makes the traces of spans with a correlation id part of the story.
    public mutating func propose(_ spans: [Span], sharing correlationID: String) {
        guard let orderID, Set(spans.lazy.compactMap { JourneySpan($0).orderID }).count > 1 else {
            propose(spans)
            return
        }
        sharedCorrelationIDs.append(correlationID)
        propose(spans.lazy.filter { JourneySpan($0).orderID == orderID })
    }

    /// Takes in the spans of a trace that was asked for; none for one that is not stored.
    public mutating func add(_ id: TraceID, _ spans: [Span]) {
        let isFanIn = JourneyTrace.isFanIn(spans)
        guard isFanIn || belongs(spans) else { return }
        guard self.spans.count <= Self.maximumSpans - spans.count else {
            isCut = true
            return
        }
        if isFanIn, self.spans.isEmpty { beginsAtFanIn = true }
        self.spans += spans
        guard !isFanIn, !spans.isEmpty else { return }
        dueLinkTargets.append(id)
        for span in spans.lazy.map(JourneySpan.init) {
            for link in span.span.links { want(link.traceID) }
            if let correlationID = span.correlationID { want(correlationID: correlationID) }
        }
    }

    /// Whether a trace names the order that is meant, or none.
    private func belongs(_ spans: [Span]) -> Bool {
        guard let orderID else { return true }
        let named = Set(spans.lazy.compactMap { JourneySpan($0).orderID })
        return named.isEmpty || named.contains(orderID)
    }

    private mutating func want(_ id: TraceID) {
        guard id.isValid, !knownTraces.contains(id) else { return }
        guard knownTraces.count < Self.maximumTraces else {
            isCut = true
            return
        }
        knownTraces.insert(id)
        dueTraces.append(id)
    }

    private mutating func want(correlationID: String) {
        guard !knownCorrelationIDs.contains(correlationID) else { return }
        guard knownCorrelationIDs.count < Self.maximumCorrelationIDs else {
            isCut = true
            return
        }
        knownCorrelationIDs.insert(correlationID)
        dueCorrelationIDs.append(correlationID)
    }

    private static func take<Element>(_ due: inout [Element]) -> [Element] {
        defer { due = [] }
        return due
    }
}

extension JourneyJoin {
    /// Joins spans that are all at hand.
    public init(_ spans: [Span], of subject: JourneySubject) {
        self.init(of: subject)
        let traces = Dictionary(grouping: spans, by: \.traceID)
        // By places: a span may link to any number of traces.
        var linking: [TraceID: [Int]] = [:]
        var correlated: [String: [Int]] = [:]
        for (place, span) in spans.lazy.map(JourneySpan.init).enumerated() {
            for id in span.linkedTraces { linking[id, default: []].append(place) }
            if let id = span.correlationID { correlated[id, default: []].append(place) }
        }
        if case .attribute = subject { propose(spans.lazy.filter(subject.matches)) }
        while beginRound() {
            for id in takeTraces() { add(id, traces[id] ?? []) }
            for id in takeLinkTargets() { propose((linking[id] ?? []).map { spans[$0] }) }
            for id in takeCorrelationIDs() { propose((correlated[id] ?? []).map { spans[$0] }, sharing: id) }
        }
    }
}
