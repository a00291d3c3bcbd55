import ClewAnalysis
import ClewModel

/// Gathers both sides of a comparison and puts them side by side.
struct DiffSearch {
    var source: any TelemetrySource
    var time: Range<UnixNanoseconds>
    var route: String?
    var service: String?

    struct Result {
        /// What the sides are called.
        var before: String
        var now: String
        var routes: RouteDiffs
        /// Sentences on what was left out.
        var notes: [String] = []
        /// What is there instead, where nothing could be compared.
        var hint: String?
    }

    func run(_ subject: DiffSubject) async throws(Failure) -> Result {
        switch subject {
        case .traces(let before, let now): try await traces(before, now)
        case .files(let before, let now): try files(before, now)
        case .values(let key, let before, let now): try await values(of: key, before, now)
        case .times(let baseline): try await times(baseline)
        }
    }

    // MARK: - Traces

    private func traces(_ before: TraceID, _ now: TraceID) async throws(Failure) -> Result {
        let (first, second) = (try await trace(before), try await trace(now))
        guard let earlier = CallProfile(of: first), let later = CallProfile(of: second) else {
            throw Failure(.nothingFound, "the traces have no spans")
        }
        var result = Result(
            before: "first", now: "second", routes: RouteDiffs([CallDiff(before: earlier, now: later)]))
        if earlier.route != later.route {
            result.notes.append("The traces are of two routes: \(earlier.operation) and \(later.operation).")
        }
        for (trace, name) in [(first, "first"), (second, "second")] where !trace.isComplete {
            result.notes.append("The root of the \(name) trace is missing: only what is below it is compared.")
        }
        return result
    }

    private func trace(_ id: TraceID) async throws(Failure) -> Trace {
        let spans = try await source.trace(id)
        guard !spans.isEmpty else {
            throw Failure(.nothingFound, "no span of trace \(id) is stored; 'clew find --roots' lists what is")
        }
        return Trace(spans: spans.map { SpanSummary($0) })
    }

    // MARK: - Many traces

    private func files(_ before: String, _ now: String) throws(Failure) -> Result {
        let earlier = try FileSource(path: before).profile(question())
        let later = try FileSource(path: now).profile(question())
        return result(before, earlier, now, later)
    }

    private func values(of key: String, _ before: String, _ now: String) async throws(Failure) -> Result {
        let grouping = TraceGrouping(by: key, values: [before, now])
        let profiles = try await source.profile(question(grouping))
        var result = result(
            before, profiles.filter { $0.group == before }, now, profiles.filter { $0.group == now })
        guard result.routes.diffs.isEmpty else { return result }
        let groups = try await source.profile(question(TraceGrouping(by: key))).compactMap(\.group)
        let names = Set(groups).sorted().prefix(Self.hintLimit).joined(separator: ", ")
        result.hint = names.isEmpty ? nil : "of \(key) there are \(names)"
        return result
    }

    /// Values named in a hint.
    private static let hintLimit = 10

    private func times(_ baseline: String) async throws(Failure) -> Result {
        var earlier = question()
        earlier.time = try WindowOptions.earlier(than: time, by: baseline)
        let before = try await source.profile(earlier)
        return result("baseline", before, "now", try await source.profile(question()))
    }

    private func question(_ grouping: TraceGrouping? = nil) -> ProfileQuestion {
        ProfileQuestion(time: time, service: service, operation: route, grouping: grouping)
    }

    private func result(
        _ before: String, _ earlier: [CallProfile], _ now: String, _ later: [CallProfile]
    ) -> Result {
        var result = Result(before: before, now: now, routes: RouteDiffs(before: earlier, now: later))
        if (earlier + later).contains(where: { $0.keptShare < 1 }) {
            result.notes.append("Only a part of the traces fitted into memory and was looked at.")
        }
        return result
    }
}
