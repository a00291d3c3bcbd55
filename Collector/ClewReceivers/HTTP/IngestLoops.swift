import NIOCore

/// One ``IngestLoop`` for each event loop of a group.
struct IngestLoops: Sendable {
    private struct Entry {
        var eventLoop: any EventLoop
        var loop: NIOLoopBoundBox<IngestLoop>
    }

    private let entries: [ObjectIdentifier: Entry]

    init(_ group: any EventLoopGroup, _ make: (any EventLoop) -> sending IngestLoop) {
        var entries: [ObjectIdentifier: Entry] = [:]
        for eventLoop in group.makeIterator() {
            entries[ObjectIdentifier(eventLoop)] = Entry(
                eventLoop: eventLoop, loop: .makeBoxSendingValue(make(eventLoop), eventLoop: eventLoop))
        }
        self.entries = entries
    }

    /// What belongs to an event loop; called on it.
    ///
    /// - Throws: Where the event loop is not of the group.
    func loop(of eventLoop: any EventLoop) throws -> IngestLoop {
        guard let entry = entries[ObjectIdentifier(eventLoop)] else { throw EventLoopError.unsupportedOperation }
        return entry.loop.value
    }

    func start() {
        for entry in entries.values { entry.eventLoop.execute { entry.loop.value.start() } }
    }

    /// Lets the requests in progress finish, and returns when all connections are closed.
    func stop() async {
        let stopped = entries.values.map { entry in
            let promise = entry.eventLoop.makePromise(of: Void.self)
            entry.eventLoop.execute { entry.loop.value.stop(promise) }
            return promise.futureResult
        }
        for future in stopped { try? await future.get() }
    }

    /// Closes all connections.
    func abort() {
        for entry in entries.values { entry.eventLoop.execute { entry.loop.value.abort() } }
    }
}
