import ClewAnalysis
import ClewModel

/// Gathers the spans of one journey: from a trace, a correlation id or an attribute, along links in both directions and
/// correlation ids; see ``JourneyJoin``.
struct JourneySearch {
    var source: any TelemetrySource
    /// Where the beginning is looked for, if it is not a trace.
    var window: Range<UnixNanoseconds>
    /// Whether nothing beyond the window is followed.
    var staysInWindow = false

    /// What was found, with what to say of it.
    struct Result {
        var spans: [Span]
        var isCut: Bool
        /// Destinations of the journey's messages that have consumers, as other messages show.
        var consumed: Set<String>
        /// Sentences on what was left out.
        var notes: [String]
    }

    /// Spans that one question may answer with.
    static let spanLimit = 1000
    /// Traces that one question is about: a URL of these is well below 8 KB, which servers accept.
    static let linkBatch = 50
    /// How far before and after the spans found so far the rest is looked for, in nanoseconds: a saga or a queue may
    /// rest overnight.
    static let reach = 24 * 3600 * UInt64.nanosecondsPerSecond
    /// Destinations and their producers that are asked for consumers.
    static let destinationLimit = 10
    static let producerLimit = 20

    func run(_ subject: JourneySubject) async throws(Failure) -> Result {
        var join = JourneyJoin(of: subject)
        var isTruncated = false
        switch subject {
        case .trace: break
        case .attribute(let condition):
            join.propose(try await seeds(condition, &isTruncated))
        case .correlation(let id):
            // What is found here widens the time in which the id is looked for again.
            join.propose(try await seeds(Self.condition(SemanticConventions.correlationID, id), &isTruncated))
        }
        while join.beginRound() {
            for id in join.takeTraces() { join.add(id, try await source.trace(id)) }
            let time = time(of: join)
            try await followLinks(&join, time, &isTruncated)
            try await followCorrelation(&join, time, &isTruncated)
        }
        let isCut = join.isCut || isTruncated
        return Result(
            spans: join.spans, isCut: isCut, consumed: try await consumed(by: join.spans, time(of: join)),
            notes: notes(join, isCut: isCut))
    }

    private func seeds(_ condition: AttributeCondition, _ isTruncated: inout Bool) async throws(Failure) -> [Span] {
        try await ask(SpanQuery(time: window, attributes: [condition], limit: Self.spanLimit), &isTruncated)
    }

    private func followLinks(
        _ join: inout JourneyJoin, _ time: Range<UnixNanoseconds>, _ isTruncated: inout Bool
    ) async throws(Failure) {
        let targets = join.takeLinkTargets()
        for start in stride(from: 0, to: targets.count, by: Self.linkBatch) {
            var query = SpanQuery(time: time, limit: Self.spanLimit)
            query.linkedTo = Set(targets[start..<min(start + Self.linkBatch, targets.count)])
            join.propose(try await ask(query, &isTruncated))
        }
    }

    private func followCorrelation(
        _ join: inout JourneyJoin, _ time: Range<UnixNanoseconds>, _ isTruncated: inout Bool
    ) async throws(Failure) {
        for id in join.takeCorrelationIDs() {
            let condition = Self.condition(SemanticConventions.correlationID, id)
            let query = SpanQuery(time: time, attributes: [condition], limit: Self.spanLimit)
            join.propose(try await ask(query, &isTruncated), sharing: id)
        }
    }

    private func ask(_ query: SpanQuery, _ isTruncated: inout Bool) async throws(Failure) -> [Span] {
        let spans = try await source.spans(query)
        if spans.count >= query.limit { isTruncated = true }
        return spans
    }

    /// The spans' own attribute: a resource has no part in one request.
    private static func condition(_ key: String, _ value: String) -> AttributeCondition {
        AttributeCondition(key, .equal, value, in: .span)
    }

    private func time(of join: JourneyJoin) -> Range<UnixNanoseconds> {
        guard !staysInWindow, let first = join.spans.lazy.map(\.start).min(),
            let last = join.spans.lazy.map({ max($0.start, $0.end) }).max()
        else { return window }
        let (end, overflowed) = last.addingReportingOverflow(Self.reach)
        return (first > Self.reach ? first - Self.reach : 0)..<(overflowed ? .max : end)
    }

    private func notes(_ join: JourneyJoin, isCut: Bool) -> [String] {
        var notes: [String] = []
        if isCut {
            notes.append(
                "More belongs to it than was looked at: at most \(JourneyJoin.maximumTraces) traces in "
                    + "\(JourneyJoin.maximumRounds) rounds, and \(Self.spanLimit) spans a question.")
        }
        for id in join.sharedCorrelationIDs {
            notes.append("Correlation id '\(id)' belongs to several orders: only traces that name this one are shown.")
        }
        if join.beginsAtFanIn {
            notes.append("Messages of several requests meet here: ask for one of them, as its links name them.")
        }
        return notes
    }
}

// MARK: - Consumers elsewhere

extension JourneySearch {
    /// The destinations of unanswered messages from which others are received.
    private func consumed(by spans: [Span], _ time: Range<UnixNanoseconds>) async throws(Failure) -> Set<String> {
        let linked = Set(spans.flatMap { span in span.links.map(\.spanID) })
        var destinations: Set<String> = []
        for span in spans where span.kind == .producer && !linked.contains(span.spanID) {
            guard destinations.count < Self.destinationLimit else { break }
            if let name = span.attributes.firstString(of: SemanticConventions.messagingDestinationName) {
                destinations.insert(name)
            }
        }
        var consumed: Set<String> = []
        for name in destinations.sorted() {
            if try await hasConsumer(name, time) { consumed.insert(name) }
        }
        return consumed
    }

    /// Whether a consumer names the destination, or links to one of its newest producers.
    private func hasConsumer(_ destination: String, _ time: Range<UnixNanoseconds>) async throws(Failure) -> Bool {
        let named = Self.condition(SemanticConventions.messagingDestinationName, destination)
        var query = SpanQuery(time: time, kinds: [.consumer], attributes: [named], limit: 1)
        if try await !source.spans(query).isEmpty { return true }
        query.kinds = [.producer]
        query.limit = Self.producerLimit
        let producers = try await source.spans(query)
        guard !producers.isEmpty else { return false }
        query = SpanQuery(time: time, kinds: [.consumer], limit: Self.spanLimit)
        query.linkedTo = Set(producers.map(\.traceID))
        let sent = Set(producers.map(\.spanID))
        return try await source.spans(query).contains { $0.links.contains { sent.contains($0.spanID) } }
    }
}
