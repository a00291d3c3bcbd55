import ClewAnalysis
import ClewModel

/// What to know of a trace before and after its waterfall.
struct WaterfallSummary {
    private let trace: Trace
    private let path: CriticalPath
    private let root: Int

    init(_ trace: Trace, _ path: CriticalPath, _ root: Int) {
        self.trace = trace
        self.path = path
        self.root = root
    }

    var lines: [StyledText] {
        let span = trace.spans[root]
        let errors = trace.spans.count { $0.isError }
        var facts: [StyledText] = [
            "\(span.service, .accent) \(span.name, .strong)",
            "\(DurationText.format(path.duration), .strong)",
            "\(NumberText.counted(trace.count, "span"))",
            "\(NumberText.counted(trace.services.count, "service"))",
        ]
        if errors > 0 { facts.append("\(NumberText.counted(errors, "error"), .error)") }
        let id: StyledText = "trace \(span.traceID.hex, .accent)"
        return [facts.joined(separator: " · "), id + " · \(TimeText.millisecond(span.start)) UTC"] + mostTime
    }

    /// The hops that take most of the root's time; their shares are of the whole.
    private var mostTime: [StyledText] {
        guard path.duration > 0 else { return [] }
        var times: [Hop: (own: UInt64, calls: Int)] = [:]
        for hop in path.hops {
            times[hop.hop, default: (0, 0)].own += hop.ownTime
            times[hop.hop, default: (0, 0)].calls += 1
        }
        let order = times.sorted { ($1.value.own, $0.key.sortKey) < ($0.value.own, $1.key.sortKey) }
        let shown = order.prefix(3).filter { Double($0.value.own) >= Double(path.duration) / 20 }
        guard !shown.isEmpty else { return [] }
        let parts = shown.map { hop, time -> StyledText in
            let share = NumberText.percent(Double(time.own) / Double(path.duration))
            let calls = time.calls > 1 ? " in \(NumberText.count(time.calls)) calls" : ""
            return HopText.name(hop) + " \(DurationText.format(time.own), .critical)\(calls)"
                + StyledText(" (\(share))", .muted)
        }
        return ["waited for " + parts.joined(separator: ", ")]
    }

    var footnotes: [StyledText] {
        legend + skews
            + SpanAnnotation.all.filter { $0.annotation != .clockSkew }.compactMap { annotation in
                let count = trace.spans.indices.count { trace.annotations(of: $0).contains(annotation.annotation) }
                guard count > 0 else { return nil }
                let text = count == 1 ? annotation.singular : annotation.plural
                return StyledText("\(annotation.mark) ", .warning)
                    + StyledText("\(NumberText.counted(count, "span")) \(text)")
            }
    }

    private var legend: [StyledText] {
        guard path.duration > 0 else { return [] }
        return [
            StyledText("● █", .critical)
                + StyledText(" on the critical path; own: time there that no child explains", .muted)
        ]
    }

    /// One line per service whose clock was found to differ.
    private var skews: [StyledText] {
        var byService: [String: (count: Int, largest: Int64)] = [:]
        for index in trace.spans.indices where trace.annotations(of: index).contains(.clockSkew) {
            let offset = trace.clockOffset(of: index)
            let old = byService[trace.spans[index].service] ?? (0, 0)
            byService[trace.spans[index].service] = (
                old.count + 1, offset.magnitude > old.largest.magnitude ? offset : old.largest
            )
        }
        return byService.sorted { $0.key < $1.key }.map { service, skew in
            let spans = NumberText.counted(skew.count, "span")
            let moved =
                skew.largest == 0 ? "shown as sent" : "shown moved by \(NumberText.change(Double(skew.largest)))"
            return StyledText("≈ ", .warning)
                + StyledText("the clock of \(service) differs from its callers': \(spans) \(moved)")
        }
    }
}
