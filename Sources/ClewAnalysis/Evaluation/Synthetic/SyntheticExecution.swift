import ClewModel

/// An operation of the synthetic shop while it runs.
struct SyntheticExecution: Sendable {
    let operation: SyntheticOperation
    let instance: SyntheticInstance
    let span: SpanID
    let start: UnixNanoseconds
    var now: UnixNanoseconds
    /// How much longer than usual its own work takes, as a factor.
    let slowness: Double
    /// What it will answer.
    var status = 200
    /// Whether it left work undone and does not know.
    var isCutShort = false
    /// Whether it waited for the pool, and whether it asked for items one by one: both once at most.
    var hasWaited = false
    var hasRepeated = false
    var events: [SpanEvent] = []

    init(
        _ operation: SyntheticOperation, _ instance: SyntheticInstance, span: SpanID, start: UnixNanoseconds,
        slowness: Double
    ) {
        self.operation = operation
        self.instance = instance
        self.span = span
        self.start = start
        self.slowness = slowness
        now = start
    }

    var service: SyntheticService { operation.service }
    var isFailed: Bool { status >= 500 }
}
