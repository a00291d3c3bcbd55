import ClewModel
import ClewStore
import ClewWire

/// What goes in comes out.
extension KitRun {
    func spansReturnWhole() async throws {
        var random = random
        let spans = random.spans(600)
        try await withStore { store in
            try await store.send(spans)
            try requireSame(try await store.spans(Self.everything), spans, "all spans")
            for (id, expected) in Dictionary(grouping: spans, by: \.traceID) {
                try requireSame(try await store.trace(id), expected, "trace \(id)")
            }
            let absent = TraceID(high: 1, low: 1)
            try requireSame(try await store.trace(absent), [], "a trace that was never sent")
        }
    }

    func logsReturnWhole() async throws {
        var random = random
        let logs = random.logs(600)
        try await withStore { store in
            try await store.send(logs)
            try requireSame(try await store.logs(Self.everyLog), logs, "all log records")
        }
    }

    func duplicates() async throws {
        var random = random
        let spans = random.spans(20)
        try await withStore { store in
            try await store.send(spans)
            try await store.send(spans)
            try requireSame(try await store.spans(Self.everything), spans + spans, "spans sent twice")
        }
    }

    func distantTimes() async throws {
        let day = 86_400 * UInt64.nanosecondsPerSecond
        let now = RandomRecords.defaultTime.lowerBound
        let times = [0, 1, now - 7 * day, now, now + 1, 4_102_444_800 * UInt64.nanosecondsPerSecond, UInt64(Int64.max)]
        let trace = TraceID(high: 7, low: 7)
        let spans = times.enumerated().map { index, time in
            Span(traceID: trace, spanID: SpanID(UInt64(index) + 1), name: "tick", start: time, end: time)
        }
        try await withStore { store in
            try await store.send(spans)
            try requireSame(try await store.trace(trace), spans, "the trace over all times")
            for (time, span) in zip(times, spans) {
                let found = try await store.spans(SpanQuery(time: time..<(time + 1)))
                try requireEqual(found, [span], "the span that starts at \(time)")
            }
            let newest = try await store.spans(Self.everything)
            try requireEqual(newest.map(\.start), times.sorted(by: >), "the order of the spans")
        }
    }

    func malformed() async throws {
        var random = random
        let kept = random.spans(50)
        let lost = random.spans(50).map { span in
            var span = span
            (span.resource, span.scope) = (Resource(), InstrumentationScope())
            return span
        }
        let whole = OTLP.encode(lost)
        try await withStore { store in
            try await store.send(kept)
            // All spans are of one resource, so that every cut lies inside a message.
            for cut in [1, 2, whole.count / 3, whole.count / 2, whole.count - 1] {
                try await requireMalformed(store, .traces, Array(whole.dropLast(cut)))
            }
            try await requireMalformed(store, .traces, Array(repeating: 0xFF, count: 100))
            try await requireMalformed(store, .logs, Array(repeating: 0xFF, count: 100))
            try await store.send(kept)
            try requireSame(try await store.spans(Self.everything), kept + kept, "the spans of whole requests")
            try requireSame(try await store.logs(Self.everyLog), [], "log records")
        }
    }

    private func requireMalformed(_ store: any TelemetryStore, _ signal: Signal, _ request: [UInt8]) async throws {
        do {
            let result = try await store.append(signal, request)
            throw KitViolation("\(request.count) malformed bytes were acknowledged: \(result)")
        } catch let error as StoreError {
            try requireEqual(error.code, .malformed, "the error of a malformed request, \(error)")
        }
    }

    func partialRejection() async throws {
        var random = random
        let spans = random.spans(60)
        let sent = spans.enumerated().map { index, span in
            var span = span
            if index % 3 == 0 { span.traceID = .invalid }
            if index % 3 == 1 { span.spanID = .invalid }
            return span
        }
        try await withStore { store in
            let result = try await store.append(.traces, OTLP.encode(sent))
            try requireEqual(result.stored, 20, "stored")
            try requireEqual(result.rejected[RejectionReason.invalidTraceID.rawValue], 20, "refused without a trace id")
            try requireEqual(result.rejected[RejectionReason.invalidSpanID.rawValue], 20, "refused without a span id")
            let kept = sent.enumerated().filter { $0.offset % 3 == 2 }.map(\.element)
            try requireSame(try await store.spans(Self.everything), kept, "the others")
        }
    }

    func emptyRequest() async throws {
        try await withStore { store in
            try requireEqual(try await store.append(.traces, []), AppendResult(stored: 0), "an empty request")
            try requireEqual(try await store.append(.logs, []), AppendResult(stored: 0), "an empty request")
        }
    }
}
