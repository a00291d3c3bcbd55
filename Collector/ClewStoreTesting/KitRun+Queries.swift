import ClewModel
import ClewStore

/// Queries answer as their `matches` says.
extension KitRun {
    private static let queryCount = 200

    func spanQueries() async throws {
        var random = random
        let spans = random.spans(1000)
        try await withStore { store in
            try await store.send(spans)
            for _ in 0..<Self.queryCount {
                let query = random.spanQuery(over: spans)
                let found = try await store.spans(query)
                let matching = spans.filter(query.matches)
                try requireNewest(found, matching, query.limit, \.start, "\(query)")
                var all: [Span] = []
                try await store.spans(query) {
                    all.append($0)
                    return true
                }
                try requireSame(all, matching, "every one of \(query)")
            }
            try requireSame(try await store.spans(SpanQuery(limit: 0)), [], "a limit of zero")
        }
    }

    func logQueries() async throws {
        var random = random
        let logs = random.logs(1000)
        try await withStore { store in
            try await store.send(logs)
            for _ in 0..<Self.queryCount {
                let query = random.logQuery(over: logs)
                let found = try await store.logs(query)
                let matching = logs.filter(query.matches)
                try requireNewest(found, matching, query.limit, \.effectiveTime, "\(query)")
                var all: [LogRecord] = []
                try await store.logs(query) {
                    all.append($0)
                    return true
                }
                try requireSame(all, matching, "every one of \(query)")
            }
        }
    }

    func summaries() async throws {
        var random = random
        let spans = random.spans(1000)
        try await withStore { store in
            try await store.send(spans)
            for _ in 0..<Self.queryCount / 3 {
                let query = random.spanQuery(over: spans)
                let expected = spans.filter(query.matches).map(SpanSummary.init)
                try requireSame(try await store.collectSummaries(query), expected, "summaries of \(query)")
            }
        }
    }

    func summariesStop() async throws {
        var random = random
        let spans = random.spans(100)
        try await withStore { store in
            try await store.send(spans)
            var calls = 0
            try await store.summaries(Self.everything) { _ in
                calls += 1
                return calls < 7
            }
            try requireEqual(calls, 7, "calls until the answer was false")
            try await store.spans(Self.everything) { _ in
                calls += 1
                return calls < 12
            }
            try requireEqual(calls, 12, "calls with spans until the answer was false")
        }
    }

    /// Records of one time may come in any order, and any of them may be left out at the limit.
    private func requireNewest<Record: Hashable>(
        _ found: [Record], _ matching: [Record], _ limit: Int, _ time: (Record) -> UnixNanoseconds, _ what: String
    ) throws {
        let newest = matching.map(time).sorted(by: >).prefix(limit)
        try requireEqual(found.map(time), Array(newest), "times of \(what)")
        let left = matching.filter { time($0) > newest.last ?? .max }
        try requireSame(found.filter { time($0) > newest.last ?? .max }, left, what)
        try require(Set(found).isSubset(of: matching), "\(what): a record that does not match")
    }
}
