public import ClewModel

/// Which group each trace belongs to, by the values that an attribute has on its spans.
///
/// A request passes many services, so a trace may have several values:
/// - Without named values, traces with the same set of values are one group: `1.0.0`, `1.0.0+1.1.0`. Of more than four
///   values the first four are told apart, and `+…` follows. Traces without the attribute are ``none``.
/// - With named values, a trace belongs to the last of them that it has, and to no group where it has none. So `1.0.0`
///   and `1.1.0` compare the traces that a canary `1.1.0` took part in with those that it did not, however many services
///   still have `1.0.0`.
///
/// Spans may come in any order and repeat. Memory is a few words a trace, of which the caller bounds the number.
public struct TraceGroups: Sendable {
    /// The group of traces without the attribute.
    public static let none = "(none)"

    private let grouping: TraceGrouping
    /// The sets of values that were seen; a trace holds its number. The first stands for those past the bound.
    private var sets: [Values] = [Values()]
    private var numbers: [Values: Int] = [:]
    private var traces: [TraceID: Int] = [:]

    /// Sets of values that are told apart. A report has far fewer groups; see ``CallProfileBuilder``.
    private static let maximumSets = 1000
    private static let overflow = 0
    /// Bytes of a value. A group's name heads a table.
    private static let maximumBytes = 100

    /// Distinct values in order, the least where there are more than the bound.
    private struct Values: Hashable {
        var sorted: [String] = []
        var isCut = false

        mutating func insert(_ value: String, atMost limit: Int) {
            let place = sorted.firstIndex { $0 >= value } ?? sorted.count
            guard place == sorted.count || sorted[place] != value else { return }
            if place < limit { sorted.insert(value, at: place) }
            guard sorted.count > limit || place >= limit else { return }
            sorted = Array(sorted.prefix(limit))
            isCut = true
        }
    }

    private static let maximumValues = 4

    public init(_ grouping: TraceGrouping) {
        self.grouping = grouping
    }

    /// Notes what a span says of its trace.
    public mutating func add(_ span: Span) {
        guard let attribute = span.attributes[grouping.key] ?? span.resource.attributes[grouping.key] else { return }
        let value = BoundedText.cut(attribute.description, to: Self.maximumBytes)
        guard !value.isEmpty, grouping.values.isEmpty || grouping.values.contains(value) else { return }
        let old = traces[span.traceID]
        guard old != Self.overflow else { return }
        var values = old.map { sets[$0] } ?? Values()
        values.insert(value, atMost: max(Self.maximumValues, grouping.values.count))
        traces[span.traceID] = number(of: values)
    }

    /// The group of a trace; `nil` where values were named and it has none of them.
    public func group(of trace: TraceID) -> String? {
        guard let number = traces[trace] else { return grouping.values.isEmpty ? Self.none : nil }
        guard number != Self.overflow else { return Overflow.name }
        let values = sets[number]
        guard grouping.values.isEmpty else { return grouping.values.last { values.sorted.contains($0) } }
        return values.sorted.joined(separator: "+") + (values.isCut ? "+…" : "")
    }

    private mutating func number(of values: Values) -> Int {
        if let number = numbers[values] { return number }
        guard sets.count <= Self.maximumSets else { return Self.overflow }
        numbers[values] = sets.count
        sets.append(values)
        return sets.count - 1
    }
}
