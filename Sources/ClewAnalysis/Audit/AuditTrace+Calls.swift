import ClewModel

extension AuditTrace {
    /// Of each span the one by which the request entered its service, itself included.
    func entries() -> [Int] {
        var entries = Array(indices)
        // A parent stands before its children.
        for index in indices where !spans[index].summary.isEntry {
            guard let parent = trace.parent(of: index), service(parent) == service(index) else { continue }
            entries[index] = entries[parent]
        }
        return entries
    }

    /// The calls between services in display order.
    ///
    /// Senders without span kinds are understood: a span whose only child belongs to another service waits for it.
    func calls() -> [ServiceCall] {
        let entries = entries()
        var calls: [ServiceCall] = []
        for index in indices {
            switch kind(index) {
            case .client:
                guard isServiceCall(index) else { continue }
                calls.append(call(index, trace.callee(of: index), from: index, entries, isTyped: true))
            case .producer: continue
            case .server, .consumer, .internal, .unspecified: appendCalls(below: index, entries, to: &calls)
            }
        }
        return calls
    }

    /// Calls that show only by a child in another service.
    private func appendCalls(below index: Int, _ entries: [Int], to calls: inout [ServiceCall]) {
        let children = trace.children(of: index)
        let called = children.filter { service($0) != service(index) && kind($0) != .consumer }
        guard let first = called.first else { return }
        if entries[index] != index, children.dropFirst().isEmpty {
            calls.append(call(index, first, from: index, entries, isTyped: false))
        } else {
            calls += called.map { call($0, $0, from: index, entries, isTyped: false) }
        }
    }

    private func call(
        _ span: Int, _ entry: Int?, from caller: Int, _ entries: [Int], isTyped: Bool
    ) -> ServiceCall {
        let target = spans[span].summary.target?.name ?? ""
        let callee = entry.map { service($0) } ?? (target.isEmpty ? Hop.unknownTarget : target)
        return ServiceCall(
            span: span, entry: entry, request: entries[caller],
            hop: ServiceHop(caller: service(caller), callee: callee), isTyped: isTyped)
    }

    func operation(_ index: Int) -> ServiceOperation {
        ServiceOperation(service: service(index), name: spans[index].summary.name)
    }

    /// What is called: the operation under the callee's own name, else as the caller names it.
    func operation(of call: ServiceCall) -> ServiceOperation {
        ServiceOperation(service: call.hop.callee, name: spans[call.entry ?? call.span].summary.name)
    }

    /// Whether a span is the work on one request: where it entered the service by a call, not by a message.
    ///
    /// Of senders without span kinds it is any first span of a service.
    func isRequest(_ index: Int) -> Bool {
        switch kind(index) {
        case .server: true
        case .unspecified: trace.parent(of: index).map { service($0) != service(index) } ?? true
        case .internal, .client, .producer, .consumer: false
        }
    }

    /// Nanoseconds between the end of one span and the start of another; `nil` where they overlap by more than what
    /// ``CriticalPath`` allows for.
    func gap(from earlier: Int, to later: Int) -> UInt64? {
        let (end, start) = (trace.end(of: earlier), trace.start(of: later))
        if start >= end { return start - end }
        return end - start <= CriticalPath.slack(for: duration(earlier)) ? 0 : nil
    }
}
