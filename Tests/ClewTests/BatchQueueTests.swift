import Testing

@testable import Clew

@Suite("The queue between program and exporter", .timeLimit(.minutes(2)))
struct BatchQueueTests {
    struct Numbered: QueuedItem, Hashable {
        var number: Int
        var approximateBytes = 1

        func exported() -> Self { self }
    }

    func queue(capacity: Int = 1000, batch: Int = 512, bytes: Int = 1 << 20) -> BatchQueue<Numbered> {
        var limits = QueueLimits(delay: .seconds(1))
        limits.capacity = capacity
        limits.batch = batch
        limits.maximumBytes = bytes
        return BatchQueue(limits)
    }

    @Test("it refuses the newest when it is full, and says when a batch is ready")
    func limits() {
        let queue = queue(capacity: 5, batch: 2)
        #expect(
            (0..<7).map { queue.append(Numbered(number: $0)) } == [
                .queued, .batchReady, .queued, .batchReady, .queued, .full, .full,
            ])
        #expect(queue.drain().map { $0.map(\.number) } == [[0, 1], [2, 3], [4]])
        #expect(queue.count == 0 && queue.bytes == 0)
        queue.close()
        #expect(queue.append(Numbered(number: 9)) == .closed)
        #expect(queue.count == 0 && queue.bytes == 0)
    }

    @Test("a few large items fill the queue and a batch as many small ones do")
    func largeItems() {
        let queue = queue(bytes: 1 << 20)
        let large = Numbered(number: 0, approximateBytes: 150 << 10)
        let results = (0..<8).map { _ in queue.append(large) }
        #expect(results == [.queued, .batchReady, .queued, .batchReady, .queued, .batchReady, .full, .full])
        #expect(queue.append(Numbered(number: 0, approximateBytes: 2 << 20)) == .tooLarge)
        #expect(queue.drain().map(\.count) == [1, 1, 1, 1, 1, 1])
        #expect(queue.append(large) == .queued)
    }

    @Test("what comes during a drain is left for the next, and what was not dealt out counts as queued")
    func drainsEnd() {
        let queue = queue(capacity: 4, batch: 2)
        for number in 0..<4 { #expect(queue.append(Numbered(number: number)) != .full) }
        var drain = queue.drain()
        #expect(queue.append(Numbered(number: 4)) == .full)
        #expect(drain.next()?.map(\.number) == [0, 1])
        #expect(queue.append(Numbered(number: 5)) != .full)
        #expect(drain.next()?.map(\.number) == [2, 3])
        #expect(drain.next() == nil)
        #expect(queue.drain().map { $0.map(\.number) } == [[5]])
    }

    @Test("many threads lose and double nothing, and never exceed the bounds")
    func threads() async {
        let queue = queue(capacity: 5000, batch: 100, bytes: 50_000)
        let writers = 8
        let perWriter = 25_000
        let (taken, refused) = await withTaskGroup(of: (taken: [Numbered], refused: Int).self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var refused = 0
                    for index in 0..<perWriter {
                        let item = Numbered(number: writer * perWriter + index, approximateBytes: 1 + index % 20)
                        if queue.append(item) == .full { refused += 1 }
                    }
                    return ([], refused)
                }
            }
            group.addTask {
                var taken: [Numbered] = []
                for _ in 0..<200 {
                    for batch in queue.drain() { taken += batch }
                    #expect(queue.count <= 5000 && queue.bytes <= 50_000)
                    await Task.yield()
                }
                return (taken, 0)
            }
            return await group.reduce(into: ([Numbered](), 0)) {
                $0.0 += $1.taken
                $0.1 += $1.refused
            }
        }
        let rest = queue.drain().flatMap(\.self)
        #expect(rest.reduce(0) { $0 + $1.approximateBytes } <= 50_000)
        #expect(taken.count + rest.count + refused == writers * perWriter)
        #expect(Set(taken + rest).count == taken.count + rest.count)
        #expect(queue.count == 0 && queue.bytes == 0)
    }
}
