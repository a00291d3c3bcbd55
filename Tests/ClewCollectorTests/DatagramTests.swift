import ClewModel
import ClewPipeline
import ClewStore
import ClewWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ClewReceivers

@Suite struct DatagramSourcesTests {
    @Test("skipped numbers are counted as lost, for each source apart")
    func losses() {
        var sources = DatagramSources()
        for sequence in [0, 1, 4, 5] as [UInt64] { _ = sources.record(source: 1, sequence: sequence) }
        for sequence in [10, 11] as [UInt64] { _ = sources.record(source: 2, sequence: sequence) }
        #expect(sources.all.map(\.lost) == [2, 0])
        #expect(sources.all.map(\.received) == [4, 2])
    }

    @Test("a datagram that was overtaken is late and not lost again")
    func late() {
        var sources = DatagramSources()
        let results = ([0, 2, 1, 3] as [UInt64]).map { sources.record(source: 1, sequence: $0) }
        #expect(results.map(\.lost) == [0, 1, 0, 0])
        #expect(results.map(\.late) == [false, false, true, false])
    }

    @Test("a jump over the largest gap is a new beginning", arguments: [UInt64.max / 2, 1 << 21, .max])
    func restart(sequence: UInt64) {
        var sources = DatagramSources()
        _ = sources.record(source: 1, sequence: 1 << 40)
        #expect(sources.record(source: 1, sequence: sequence).lost == 0)
        #expect(sources.record(source: 1, sequence: sequence &+ 2).lost == 1)
    }

    @Test("the source that was silent longest makes room for a new one")
    func eviction() {
        var sources = DatagramSources(capacity: 2)
        for source in [1, 2, 1, 3] as [UInt64] { _ = sources.record(source: source, sequence: 0) }
        #expect(sources.all.map(\.id) == [1, 3])
        #expect(sources.evicted == 1)
    }
}

@Suite struct DatagramQueueTests {
    private func datagram(_ bytes: Int) -> QueuedDatagram {
        QueuedDatagram(signal: .traces, flags: [], payload: [UInt8](repeating: 0, count: bytes))
    }

    @Test("a full queue refuses, and has room again once it is emptied")
    func bound() async {
        let queue = DatagramQueue(capacity: 1000)
        #expect(queue.offer(datagram(500)))
        #expect(!queue.offer(datagram(500)))
        #expect(await queue.take()?.count == 1)
        #expect(queue.offer(datagram(500)))
    }

    @Test("a finished queue gives what it holds, then nothing")
    func finish() async {
        let queue = DatagramQueue(capacity: 1000)
        #expect(queue.offer(datagram(1)))
        queue.finish()
        #expect(!queue.offer(datagram(1)))
        #expect(await queue.take()?.count == 1)
        #expect(await queue.take() == nil)
    }
}

@Suite struct DatagramBatcherTests {
    @Test("datagrams of every form are joined into one request, and a malformed one spoils only itself")
    func forms() async throws {
        let store = MemoryStore()
        let pipeline = Pipeline(store: store)
        let spans = (1...4).map { Fixture.span($0) }
        let messages = spans.map { OTLP.encode([$0]) }
        await DatagramBatcher(pipeline: pipeline).store([
            QueuedDatagram(signal: .traces, flags: [], payload: messages[0]),
            QueuedDatagram(signal: .traces, flags: [], payload: Array(messages[1].dropLast(3))),
            QueuedDatagram(signal: .traces, flags: .gzip, payload: try Gzip.compress(messages[2])),
            QueuedDatagram(
                signal: .traces, flags: .json, payload: try OTLPJSON.fromProtobuf(messages[3], .traces)),
            QueuedDatagram(signal: .logs, flags: [], payload: OTLP.encode([Fixture.record("one")])),
            QueuedDatagram(
                signal: .traces, flags: .gzip, payload: try Gzip.compress([UInt8](repeating: 0, count: 5 << 20))),
        ])
        let snapshot = pipeline.counters.snapshot
        #expect(store.spans == [spans[0], spans[2], spans[3]])
        #expect(store.records == [Fixture.record("one")])
        #expect(snapshot.commitLatency.count == 2)
        #expect(
            snapshot.refusedRequests == [.init(.traces, .udp, .malformed): 1, .init(.traces, .udp, .tooLarge): 1])
    }

    @Test("records that the store has no room for are counted as dropped")
    func dropped() async {
        let store = MemoryStore()
        store.fail(with: StoreError(.overloaded, "no"))
        let pipeline = Pipeline(store: store)
        let payload = OTLP.encode([Fixture.span(1), Fixture.span(2)])
        await DatagramBatcher(pipeline: pipeline).store([
            QueuedDatagram(signal: .traces, flags: [], payload: payload)
        ])
        #expect(pipeline.counters.snapshot.dropped == [.init(.traces, .udp, .overloaded): 2])
    }
}

@Suite struct OTLPDatagramReceiverTests {
    @Test("datagrams with and without a header are stored, and losses counted", .timeLimit(.minutes(1)))
    func receive() async throws {
        let store = MemoryStore()
        let pipeline = Pipeline(store: store)
        let spans = (1...4).map { Fixture.span($0) }
        func numbered(_ index: Int, _ sequence: UInt64) throws -> [UInt8] {
            try UDPHeader(signal: .traces, sourceID: 9, sequence: sequence).datagram(OTLP.encode([spans[index]]))
        }
        var forged = try numbered(3, 9)
        forged[7] &+= 1
        let datagrams = [OTLP.encode([spans[0]]), try numbered(1, 0), forged, Array("CLW1".utf8), try numbered(2, 3)]
        try await withReceiver(pipeline) { port in
            try await send(datagrams, to: port)
            for await _ in store.appended where store.spans.count == 3 { break }
        }
        let snapshot = pipeline.counters.snapshot
        #expect(store.spans == Array(spans[0...2]))
        #expect(snapshot.datagramsLost == 2)
        #expect(snapshot.requests[.init(.traces, .udp)] == 5)
        #expect(snapshot.refusedRequests == [.init(.traces, .udp, .incomplete): 2])
    }

    private func withReceiver(_ pipeline: Pipeline, _ body: (Int) async throws -> Void) async throws {
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let receiver = OTLPDatagramReceiver(
            host: "127.0.0.1", port: 0, pipeline: pipeline, onBound: { bound.yield($0) })
        let running = Task { try await receiver.run() }
        for await port in ports {
            try await body(port)
            break
        }
        running.cancel()
        try await running.value
    }

    private func send(_ datagrams: [[UInt8]], to port: Int) async throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        for bytes in datagrams {
            try await channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: bytes)))
        }
        try await channel.close()
    }
}
