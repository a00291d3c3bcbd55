import ClewModel
import ClewStore
import ClewWire

/// One check on one store.
struct KitRun: Sendable {
    let name: String
    let seed: UInt64
    let open: TelemetryStoreKit.Open

    /// Opens the store, hands it over, and closes it whatever comes of it.
    func withStore(_ body: (any TelemetryStore) async throws -> Void) async throws {
        let store = try await open(name)
        do {
            try await body(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    var random: RandomRecords { RandomRecords(seed: seed) }

    /// Everything that the store holds.
    static let everything = SpanQuery(limit: .max)
    static let everyLog = LogQuery(limit: .max)
}

extension TelemetryStore {
    /// Sends spans in requests of some size, and checks that all are acknowledged.
    func send(_ spans: [Span], each size: Int = 250) async throws {
        for start in stride(from: 0, to: spans.count, by: size) {
            let part = Array(spans[start..<min(start + size, spans.count)])
            try requireEqual(
                try await append(.traces, OTLP.encode(part)), AppendResult(stored: part.count), "the acknowledgement")
        }
    }

    func send(_ logs: [LogRecord], each size: Int = 250) async throws {
        for start in stride(from: 0, to: logs.count, by: size) {
            let part = Array(logs[start..<min(start + size, logs.count)])
            try requireEqual(
                try await append(.logs, OTLP.encode(part)), AppendResult(stored: part.count), "the acknowledgement")
        }
    }

    func collectSummaries(_ query: SpanQuery) async throws -> [SpanSummary] {
        var found: [SpanSummary] = []
        try await summaries(query) { summary in
            found.append(summary)
            return true
        }
        return found
    }
}
