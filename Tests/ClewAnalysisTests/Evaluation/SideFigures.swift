import ClewAnalysis
import ClewModel

/// What one window of an incident shows of its services, counted without the analysis that is tested.
struct SideFigures {
    private struct Own {
        var span: Span
        /// Nanoseconds that no child covers.
        var time: Double
    }

    private let side: Incident.Side
    private let owns: [Own]
    /// By the service that is called: nanoseconds of a call less those of what it called.
    private let gaps: [String: [Double]]

    init(_ side: Incident.Side) {
        self.side = side
        var owns: [Own] = []
        var gaps: [String: [Double]] = [:]
        for members in Dictionary(grouping: side.spans, by: \.traceID).values {
            let trace = Trace(spans: members.map { SpanSummary($0) })
            for index in 0..<trace.count {
                owns.append(Own(span: members[trace.source(of: index)], time: Self.ownTime(index, trace)))
                guard let parent = trace.parent(of: index), trace.spans[parent].kind == .client else { continue }
                let gap = Double(trace.spans[parent].duration) - Double(trace.spans[index].duration)
                gaps[trace.spans[index].service, default: []].append(gap)
            }
        }
        (self.owns, self.gaps) = (owns, gaps)
    }

    private static func ownTime(_ index: Int, _ trace: Trace) -> Double {
        var reached = trace.start(of: index)
        var own = trace.end(of: index) - reached
        for child in trace.children(of: index) {
            let from = max(reached, trace.start(of: child))
            let to = min(trace.end(of: child), trace.end(of: index))
            guard to > from else { continue }
            own -= to - from
            reached = to
        }
        return Double(own)
    }

    // MARK: - Figures of a service

    private func entries(_ service: String) -> [Span] {
        side.spans.filter { $0.resource.serviceName == service && ($0.kind == .server || $0.kind == .consumer) }
    }

    private func perEntry(_ count: Int, _ service: String) -> Double {
        Double(count) / Double(max(1, entries(service).count))
    }

    /// Nanoseconds of work an execution; only in processes that `isMeant` says, where it is given.
    func work(_ service: String, where isMeant: (Resource) -> Bool = { _ in true }) -> Double {
        let works = owns.filter {
            $0.span.resource.serviceName == service && $0.span.kind != .client && $0.span.kind != .producer
                && isMeant($0.span.resource)
        }
        let entries = works.count { $0.span.kind != .internal }
        return works.reduce(0) { $0 + $1.time } / Double(max(1, entries))
    }

    private func queriesOfDatabase(_ service: String) -> [Span] {
        side.spans.filter {
            $0.resource.serviceName == service && $0.attributes[SemanticConventions.dbSystemName] != nil
                && !$0.name.hasPrefix("GET ")
        }
    }

    /// Nanoseconds of a query.
    func queryTime(_ service: String) -> Double {
        let queries = queriesOfDatabase(service)
        return queries.reduce(0) { $0 + Double($1.duration) } / Double(max(1, queries.count))
    }

    /// Queries an execution, those of caches left out.
    func queries(_ service: String) -> Double { perEntry(queriesOfDatabase(service).count, service) }

    /// Calls to other services an execution.
    func calls(_ service: String) -> Double {
        let calls = side.spans.count {
            $0.resource.serviceName == service && $0.kind == .client
                && $0.attributes[SemanticConventions.dbSystemName] == nil
        }
        return perEntry(calls, service)
    }

    /// The share of executions that failed.
    func errors(_ service: String) -> Double {
        perEntry(entries(service).count { $0.status.code == .error }, service)
    }

    /// Nanoseconds on the way to a service and back.
    func gap(_ service: String) -> Double {
        let gaps = gaps[service] ?? []
        return gaps.reduce(0, +) / Double(max(1, gaps.count))
    }

    /// The longest time that something of a service, or the way to it, took.
    func longestWait(_ service: String) -> Double {
        let own = owns.lazy.filter { $0.span.resource.serviceName == service }.map(\.time).max() ?? 0
        return max(own, gaps[service]?.max() ?? 0)
    }

    /// Log lines of ordinary progress an execution.
    func lines(_ service: String) -> Double {
        let lines = side.records.count {
            $0.resource.serviceName == service && $0.severityNumber == Severity.info.rawValue
                && !($0.body.stringValue ?? "").hasPrefix("cache")
        }
        return perEntry(lines, service)
    }

    func records(_ service: String, _ severity: Severity) -> Int {
        side.records.count { $0.resource.serviceName == service && $0.severityNumber == severity.rawValue }
    }

    func exceptions(_ service: String) -> Int {
        entries(service).count { $0.events.contains { $0.name == SemanticConventions.exceptionEvent } }
    }

    /// Calls that were repetitions, to a service.
    func repetitions(of service: String) -> Int {
        side.spans.count {
            $0.attributes[SemanticConventions.serverAddress] == .string(service)
                && $0.attributes[SemanticConventions.httpRequestResendCount] != nil
        }
    }

    var traces: Int { Set(side.spans.map(\.traceID)).count }

    func values(of key: String, _ service: String) -> Set<String> {
        Set(entries(service).compactMap { $0.resource.attributes.firstString(of: key) })
    }
}
