import ClewModel

/// One rule at work: it sees every trace and log record of a window once, in any order, and then says what it found.
///
/// It keeps counts and a few examples, never traces, in tables of bounded size; see ``BoundedTable``.
protocol AuditDetector: Sendable {
    static var rule: AuditRule { get }

    init(_ settings: AuditSettings)

    mutating func visit(_ trace: AuditTrace)
    mutating func visit(_ record: LogRecord)

    /// - Parameter end: The end of the newest span or of the window, whichever is earlier: what is unfinished then may be
    ///   on its way.
    func findings(at end: UnixNanoseconds) -> [Finding]
}

extension AuditDetector {
    var rule: AuditRule { Self.rule }

    mutating func visit(_ record: LogRecord) {}
}

/// A dictionary with a bound: keys beyond it are counted and not kept.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Enough for the operations, hops and ids of a large system's window; at some hundred bytes each, tens of megabytes.
    static var standardCapacity: Int { 100_000 }
    /// For values with histograms, at up to ten kilobytes each: enough for the hops or the routes of a large system.
    static var ofHistograms: BoundedTable { BoundedTable(capacity: 10_000) }

    let capacity: Int
    private(set) var values: [Key: Value] = [:]
    /// Changes of keys that found no room.
    private(set) var dropped = 0

    init(capacity: Int = Self.standardCapacity) {
        self.capacity = capacity
    }

    subscript(key: Key) -> Value? { values[key] }

    /// Changes the value of a key, made by `initial` where it is new and there is room.
    mutating func update(_ key: Key, initial: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if values[key] == nil, values.count >= capacity {
            dropped += 1
            return
        }
        change(&values[key, default: initial()])
    }
}
