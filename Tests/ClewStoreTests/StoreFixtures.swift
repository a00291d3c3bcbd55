import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import Synchronization

/// A clock that a test sets.
final class TestClock: Sendable {
    static let day: UInt64 = 86_400 * .nanosecondsPerSecond
    private let time: Mutex<UnixNanoseconds>

    init(_ now: UnixNanoseconds) {
        time = Mutex(now)
    }

    var now: UnixNanoseconds { time.withLock { $0 } }

    func advance(days: UInt64) { time.withLock { $0 += days * Self.day } }
}

extension RandomRecords {
    /// Spans that start one nanosecond after another.
    mutating func spans(_ count: Int, from start: UnixNanoseconds) -> [Span] {
        spans(count).enumerated().map { index, span in
            var span = span
            span.start = start + UInt64(index)
            span.end = span.start + 1000
            return span
        }
    }
}

/// Which spans were sent and which were acknowledged, while others look.
final class SentSpans: Sendable {
    private let state = Mutex((sent: Set<SpanID>(), acknowledged: Set<SpanID>()))

    var sent: Set<SpanID> { state.withLock { $0.sent } }
    var acknowledged: Set<SpanID> { state.withLock { $0.acknowledged } }

    func send(_ spans: [Span], to store: EmbeddedStore) async throws {
        let ids = spans.map(\.spanID)
        state.withLock { $0.sent.formUnion(ids) }
        _ = try await store.append(.traces, OTLP.encode(spans))
        state.withLock { $0.acknowledged.formUnion(ids) }
    }
}

struct NotInTime: Error, CustomStringConvertible {
    var description: String
}

/// Waits for background work; the bound is generous because machines are shared.
func eventually(_ what: String, _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NotInTime(description: "\(what): not within a minute")
}
