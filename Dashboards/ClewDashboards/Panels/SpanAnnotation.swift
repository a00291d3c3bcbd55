import ClewAnalysis

/// How the unusual about a span is marked and explained.
struct SpanAnnotation {
    var annotation: Trace.Annotations
    /// One column, before the span.
    var mark: Character
    /// Continues `3 spans …`.
    var plural: String
    /// Continues `1 span …`.
    var singular: String

    /// In order of weight; skewed clocks are explained by service instead.
    static let all = [
        SpanAnnotation(
            annotation: .missingParent, mark: "?", plural: "name parents that are not in this trace",
            singular: "names a parent that is not in this trace"),
        SpanAnnotation(
            annotation: .cycle, mark: "o", plural: "are their own ancestors; the cycle is cut there",
            singular: "is its own ancestor; the cycle is cut there"),
        SpanAnnotation(
            annotation: .endsBeforeStart, mark: "<", plural: "end before they start and count as zero long",
            singular: "ends before it starts and counts as zero long"),
        SpanAnnotation(
            annotation: .clockSkew, mark: "≈", plural: "come from skewed clocks", singular: "comes from a skewed clock"),
        SpanAnnotation(
            annotation: .outlivesParent, mark: ">", plural: "end after their parents", singular: "ends after its parent"
        ),
        SpanAnnotation(
            annotation: .duplicate, mark: "=", plural: "were sent more than once; the first is shown",
            singular: "was sent more than once; the first is shown"),
    ]

    static func of(_ annotations: Trace.Annotations) -> [SpanAnnotation] {
        all.filter { annotations.contains($0.annotation) }
    }
}
