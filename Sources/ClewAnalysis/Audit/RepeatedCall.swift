import ClewModel

/// A call that its caller sent more than once, because it failed.
struct RepeatedCall: Sendable {
    /// In order of time, at least two.
    let attempts: [ServiceCall]
    /// Whether the caller says so with `http.request.resend_count`: else it is read from failures of the same call.
    let isStated: Bool

    /// As the first attempt that arrived shows it: before that only the address is known.
    var hop: ServiceHop { (attempts.first { $0.entry != nil } ?? attempts[0]).hop }

    /// The call's attempts after the first.
    var repeats: ArraySlice<ServiceCall> { attempts.dropFirst() }

    /// The repeated calls of a trace, in display order of their first attempts.
    static func all(in trace: AuditTrace, _ calls: [ServiceCall]) -> [RepeatedCall] {
        var groups: [Shape: [ServiceCall]] = [:]
        for call in calls {
            let shape = Shape(
                parent: trace.trace.parent(of: call.span) ?? -1, operation: trace.spans[call.span].summary.name,
                resource: trace.resource(of: call))
            groups[shape, default: []].append(call)
        }
        return groups.values.filter { $0.count > 1 }.flatMap { split($0, trace) }
            .sorted { $0.attempts[0].span < $1.attempts[0].span }
    }

    /// What attempts of one call have in common. Not the address: another attempt may go to another instance.
    private struct Shape: Hashable {
        var parent: Int
        var operation: String
        var resource: String
    }

    /// Calls of one shape may also be independent of one another: each repeats only one that failed before it began.
    private static func split(_ calls: [ServiceCall], _ trace: AuditTrace) -> [RepeatedCall] {
        var chains: [[ServiceCall]] = []
        for call in calls {
            if let last = chains.last?.last, isRepeat(call, of: last, trace) {
                chains[chains.count - 1].append(call)
            } else {
                chains.append([call])
            }
        }
        return chains.filter { $0.count > 1 }.map { chain in
            RepeatedCall(attempts: chain, isStated: chain.dropFirst().allSatisfy { trace.resends(of: $0) > 0 })
        }
    }

    private static func isRepeat(_ call: ServiceCall, of earlier: ServiceCall, _ trace: AuditTrace) -> Bool {
        let isSameHop = call.hop == earlier.hop || call.entry == nil || earlier.entry == nil
        // One span may stand for a call to its service and for one of its service.
        guard isSameHop, call.span != earlier.span, trace.gap(from: earlier.span, to: call.span) != nil else {
            return false
        }
        let (resends, before) = (trace.resends(of: call), trace.resends(of: earlier))
        return resends > 0 ? resends > before : before == 0 && trace.isFailure(earlier)
    }
}
