import Synchronization

/// A value that is made when it is first needed, and kept.
final class Lazily<Value: Sendable>: Sendable {
    private let make: @Sendable () throws -> Value
    private let kept = Mutex<Value?>(nil)

    init(_ make: @escaping @Sendable () throws -> Value) {
        self.make = make
    }

    /// Callers that come while it is made wait for it; what fails is tried again by the next.
    func value() throws -> Value {
        try kept.withLock { kept in
            if let kept { return kept }
            let value = try make()
            kept = value
            return value
        }
    }
}
