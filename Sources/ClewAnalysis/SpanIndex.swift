import ClewModel

/// Finds the spans of one trace by id, and tells duplicates from spans that share an id.
///
/// In Zipkin a client span and its server span have one id. Spans of one id are therefore chained; equal service and
/// kind make a duplicate.
struct SpanIndex {
    /// Distinct spans of one id that are kept; more are taken for duplicates. Zipkin needs two; the bound keeps hostile
    /// input linear.
    static let maximumSharing = 8

    private let spans: [SpanSummary]
    private var first: [SpanID: Int]
    /// The next span with the same id, or -1.
    private var next: [Int]

    init(_ spans: [SpanSummary]) {
        self.spans = spans
        first = [:]
        first.reserveCapacity(spans.count)
        next = Array(repeating: -1, count: spans.count)
    }

    /// Adds a span, or answers the span that it repeats.
    mutating func insert(_ index: Int) -> Int? {
        let span = spans[index]
        guard var other = first[span.spanID] else {
            first[span.spanID] = index
            return nil
        }
        for _ in 1...Self.maximumSharing {
            if spans[other].kind == span.kind, spans[other].service == span.service { return other }
            guard next[other] >= 0 else {
                next[other] = index
                return nil
            }
            other = next[other]
        }
        return other
    }

    /// The span with this id that is the most likely parent of a span of `service`: one of the same service, else the
    /// one where the request entered.
    func parent(_ id: SpanID, ofSpanIn service: String) -> Int? {
        guard let only = first[id], next[only] >= 0 else { return first[id] }
        return chain(id).min { left, right in
            let (left, right) = (spans[left], spans[right])
            if (left.service == service) != (right.service == service) { return left.service == service }
            return left.isEntry != right.isEntry ? left.isEntry : left.precedesTwin(right)
        }
    }

    /// The calling span that shares its id with this entry span, if any.
    func caller(sharingIDWith index: Int) -> Int? {
        let span = spans[index]
        guard span.isEntry, let only = first[span.spanID], next[only] >= 0 else { return nil }
        return chain(span.spanID)
            .filter { !spans[$0].isEntry && spans[$0].kind != .internal }
            .min { spans[$1].precedesTwin(spans[$0]) }
    }

    private func chain(_ id: SpanID) -> some Sequence<Int> {
        sequence(first: first[id] ?? -1) { next[$0] >= 0 ? next[$0] : nil }.lazy.filter { $0 >= 0 }
    }
}

extension SpanSummary {
    /// Orders spans that share an id, so that nothing depends on their order of arrival.
    func precedesTwin(_ other: SpanSummary) -> Bool {
        (kind.rawValue, service) < (other.kind.rawValue, other.service)
    }
}
