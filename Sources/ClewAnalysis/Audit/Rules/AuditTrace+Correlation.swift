import ClewModel

extension AuditTrace {
    /// The correlation id on a span, where it has one.
    func correlationID(_ index: Int) -> String? {
        spans[index].string(SemanticConventions.correlationID).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What Clew's senders write where a request brought no correlation id: the id of its trace.
    var substituteID: String { id?.hex ?? "" }

    /// The correlation id of the trace's first span, else of the first that has one.
    var requestID: String? {
        trace.root.flatMap { correlationID($0) } ?? indices.lazy.compactMap { correlationID($0) }.first
    }

    /// Whether a span is where a trace begins, and says so: it names no parent.
    func isTrueRoot(_ index: Int) -> Bool {
        trace.parent(of: index) == nil && trace.annotations(of: index).isDisjoint(with: [.missingParent, .cycle])
    }
}
