// Compiled only by `make sanitize`, into every module whose locks the thread sanitizer is to understand: they link here.

#if THREAD_SANITIZER
    import Synchronization

    /// `Mutex` of the module Synchronization, made visible to the thread sanitizer.
    ///
    /// The lock inside is a futex in a library that is not instrumented, so that the sanitizer takes what it guards for
    /// shared without order. An acquiring load and a releasing store inside the lock, which the sanitizer does see, order
    /// the same accesses as the lock does.
    struct Mutex<Value: ~Copyable>: ~Copyable {
        private let mutex: Synchronization.Mutex<Value>
        private let order = Atomic<Bool>(false)

        init(_ value: consuming sending Value) {
            mutex = Synchronization.Mutex(value)
        }

        borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            try mutex.withLock { (value: inout sending Value) throws(Failure) -> sending Result in
                _ = order.load(ordering: .acquiring)
                defer { order.store(true, ordering: .releasing) }
                return try body(&value)
            }
        }

        borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result? {
            try mutex.withLockIfAvailable { (value: inout sending Value) throws(Failure) -> sending Result in
                _ = order.load(ordering: .acquiring)
                defer { order.store(true, ordering: .releasing) }
                return try body(&value)
            }
        }
    }

    extension Mutex: Sendable where Value: ~Copyable {}
#endif
