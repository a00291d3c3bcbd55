import NIOPosix

/// Work that may wait for a disk or for the reader of a pipe.
enum BlockingWork {
    /// Runs the work on NIO's thread pool; `nil` once the task is cancelled, which leaves a stuck work behind rather than
    /// waiting for it.
    static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result? {
        let (results, continuation) = AsyncStream<Result>.makeStream()
        NIOThreadPool.singleton.submit { state in
            if case .active = state { continuation.yield(work()) }
            continuation.finish()
        }
        for await result in results { return result }
        return nil
    }
}
