import ClewModel
import ClewPipeline
import ClewReceivers
import ClewStore
import ClewWire
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@Suite("A connection of the OTLP/HTTP receiver", .timeLimit(.minutes(1)))
struct HTTPConnectionTests {
    private let store = MemoryStore()

    private func head(
        _ length: Int, _ more: String = "", path: String = "/v1/traces", type: String = "application/x-protobuf"
    ) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: \(type)\r\nContent-Length: \(length)\r\n\(more)\r\n"
    }

    private func whole(_ spans: [Span]) -> [UInt8] {
        let body = OTLP.encode(spans)
        return Array(head(body.count).utf8) + body
    }

    @Test("serves one request after another")
    func keepAlive() async throws {
        try await withReceiver(store) { port in
            try await RawConnection.with(port) { connection in
                for id in 1...3 as ClosedRange<UInt64> {
                    try await connection.send(whole([Fixture.span(id)]))
                    #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
                    #expect(store.spans.count == Int(id))
                }
            }
        }
    }

    @Test("answers requests that came together in their order, whatever the order in which they are stored")
    func pipelining() async throws {
        store.hold()
        try await withReceiver(store) { port in
            try await RawConnection.with(port) { connection in
                let first = whole([Fixture.span(1)])
                let second = head(2, type: "application/json") + "{}"
                try await connection.send(first + Array(second.utf8) + whole([Fixture.span(2)]))
                var appended = store.appended.makeAsyncIterator()
                for _ in 0..<3 { _ = await appended.next() }
                store.release { $0.reversed() }
                let answers = [
                    try await connection.read(through: "\r\n\r\n"), try await connection.read(through: "{}"),
                    try await connection.read(through: "\r\n\r\n"),
                ]
                #expect(answers.map { $0.contains("application/json") } == [false, true, false])
                #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 OK\r\n") })
            }
        }
    }

    @Test("tells a sender that waits for it to send the body, and one whose body it does not take why")
    func expectContinue() async throws {
        try await withReceiver(store) { port in
            let body = OTLP.encode([Fixture.span(1)])
            try await RawConnection.with(port) { connection in
                try await connection.send(head(body.count, "Expect: 100-continue\r\n"))
                #expect(try await connection.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
            try await RawConnection.with(port) { connection in
                try await connection.send(head(1 << 40, "Expect: 100-continue\r\n"))
                #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
            }
        }
    }

    @Test("reads a refused body to its end, so that its sender sees the answer, and then closes")
    func draining() async throws {
        var limits = IngestLimits()
        limits.maximumBodyBytes = 1000
        try await withReceiver(store, limits) { port in
            for fields in ["", "Transfer-Encoding: chunked\r\n"] {
                try await RawConnection.with(port) { connection in
                    let body = [UInt8](repeating: 0, count: 4 << 20)
                    if fields.isEmpty {
                        try await connection.send(Array(head(body.count).utf8) + body)
                    } else {
                        try await connection.send(
                            "POST /v1/traces HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n\(fields)\r\n")
                        try await connection.send("\(String(body.count, radix: 16))\r\n")
                        try await connection.send(body + Array("\r\n0\r\n\r\n".utf8))
                    }
                    let answer = try await connection.readToEnd()
                    #expect(answer.hasPrefix("HTTP/1.1 413 "))
                    #expect(answer.contains("Connection: close\r\n"))
                    #expect(answer.contains("larger than 1000 bytes"))
                }
            }
        }
    }

    @Test("answers HEAD without a body, what is not HTTP with 400, and a head without end with 431")
    func oddHeads() async throws {
        try await withReceiver(store) { port in
            let cases = [
                ("HEAD /v1/traces HTTP/1.1\r\nHost: x\r\n\r\n", "405", false),
                ("GET /v1/traces HTTP/1.1\r\nHost: x\r\n\r\n", "405", true),
                ("\u{16}\u{3}\u{1} hello\r\n\r\n", "400", true),
                ("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000), "431", true),
                ("GET /" + String(repeating: "x", count: 20_000), "431", true),
            ]
            for (request, status, hasBody) in cases {
                try await RawConnection.with(port) { connection in
                    try await connection.send(request)
                    let answer = try await connection.readToEnd()
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
                    #expect(answer.hasSuffix("}") == hasBody)
                }
            }
        }
    }

    @Test("answers a sender that has closed its side, and says so where the body was not whole")
    func halfClosed() async throws {
        let counters = CollectorCounters()
        try await withReceiver(store, IngestLimits(), counters) { port in
            try await RawConnection.with(port) { connection in
                try await connection.send(whole([Fixture.span(1)]))
                connection.finishSending()
                #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
            try await RawConnection.with(port) { connection in
                try await connection.send(head(100) + "too short")
                connection.finishSending()
                let answer = try await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("ended early"))
            }
        }
        #expect(counters.snapshot.refusedRequests == [.init(.traces, .http, .incomplete): 1])
    }

    @Test("ends a connection whose body does not come to its end, and counts it")
    func readTimeout() async throws {
        let counters = CollectorCounters()
        var limits = IngestLimits()
        limits.readTimeout = .milliseconds(50)
        try await withReceiver(store, limits, counters) { port in
            try await RawConnection.with(port) { connection in
                try await connection.send(head(9) + "{")
                #expect(try await connection.readToEnd() == "")
            }
        }
        #expect(counters.snapshot.refusedRequests == [.init(.traces, .http, .incomplete): 1])
    }

    @Test("ends a connection on which no request comes, or not the whole head of one", arguments: ["", "POST /v1"])
    func idleTimeout(sent: String) async throws {
        var limits = IngestLimits()
        limits.idleTimeout = .milliseconds(50)
        try await withReceiver(store, limits) { port in
            try await RawConnection.with(port) { connection in
                if !sent.isEmpty { try? await connection.send(sent) }
                let answer = try await connection.readToEnd()
                #expect(answer == "")
            }
        }
    }

    @Test("takes gzip in any parts, and gives back the memory of every body, taken or not")
    func gzipInParts() async throws {
        var limits = IngestLimits()
        // Room for one body and its decompressor, but not for two.
        limits.maximumInFlightBytes = Inflater.memory + 30_000
        let spans = (1...100).map { Fixture.span($0) }
        let body = try Gzip.compress(OTLP.encode(Array(spans[..<50]))) + Gzip.compress(OTLP.encode(Array(spans[50...])))
        try await withReceiver(store, limits) { port in
            for _ in 0..<5 {
                try await RawConnection.with(port) { connection in
                    try await connection.send(head(body.count, "Content-Encoding: gzip\r\n"))
                    for part in stride(from: 0, to: body.count, by: 100) {
                        try await connection.send(Array(body[part..<min(body.count, part + 100)]))
                    }
                    #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
                    // Left in the middle of a body.
                    try await connection.send(head(body.count, "Content-Encoding: gzip\r\n"))
                    try await connection.send(Array(body.prefix(body.count / 2)))
                }
                try await RawConnection.with(port) { connection in
                    try await connection.send(head(4, "Content-Encoding: gzip\r\n") + "nope")
                    #expect(try await connection.read(through: "compressed data").hasPrefix("HTTP/1.1 400 "))
                }
            }
        }
        #expect(store.spans == Array(repeatElement(spans, count: 5).joined()))
    }

    @Test("waits to be accepted while as many as may be are open")
    func maximumConnections() async throws {
        var limits = IngestLimits()
        limits.maximumConnections = 1
        let firstIsOpen = Flag()
        try await withReceiver(store, limits) { port in
            try await RawConnection.with(port) { first in
                try await first.send(whole([Fixture.span(1)]))
                _ = try await first.read(through: "\r\n\r\n")
                async let second: Void = RawConnection.with(port) { second in
                    try await second.send(whole([Fixture.span(2)]))
                    #expect(try await second.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
                    let waited = !firstIsOpen.isSet.load(ordering: .acquiring)
                    #expect(waited)
                }
                try await first.send(whole([Fixture.span(3)]))
                _ = try await first.read(through: "\r\n\r\n")
                firstIsOpen.isSet.store(false, ordering: .releasing)
                try await first.send("Connection ends\r\n\r\n")
                _ = try await first.readToEnd()
                try await second
            }
        }
    }

    @Test("finishes the request in progress at a graceful stop, and is closed at once where there is none")
    func gracefulStop() async throws {
        store.hold()
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let receiver = OTLPHTTPReceiver(
            host: "127.0.0.1", port: 0, pipeline: Pipeline(store: store), onBound: { bound.yield($0) })
        let group = ServiceGroup(services: [receiver], logger: Logger(label: "test"))
        async let ended: Void = group.run()
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        try await RawConnection.with(port) { busy in
            try await busy.send(whole([Fixture.span(1)]))
            var appended = store.appended.makeAsyncIterator()
            _ = await appended.next()
            try await RawConnection.with(port) { idle in
                try await idle.send(head(0, path: "/v1/metrics"))
                _ = try await idle.read(through: "\r\n\r\n")
                await group.triggerGracefulShutdown()
                #expect(try await idle.readToEnd() == "")
            }
            store.release()
            let answer = try await busy.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("Connection: close\r\n"))
        }
        try await ended
    }
}

private final class Flag: Sendable {
    let isSet = Atomic(true)
}
