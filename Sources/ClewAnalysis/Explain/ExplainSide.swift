import ClewModel

/// A window's statistics under the names of what they are about: the numbers of two windows differ.
struct ExplainSide: Sendable {
    let slow: SlowAnalysis
    let roots: DurationHistogram
    let loss: Double
    let recordCount: Int
    let hops: [Hop: HopStatistics]
    let operations: [Operation: OperationStatistics]
    let stops: [Stop: StopStatistics]
    let calls: [CallEdge: CallStatistics]
    let patterns: [LoggedPattern: PatternStatistics]
    /// By the numbers in the statistics.
    let places: [ExplainSpan.Place]

    init(_ profile: ExplainProfile) {
        let names = profile.names
        func operation(_ number: Int32) -> Operation { names.operations.names[Int(number)] }
        func call(_ key: CallKey) -> Call {
            Call(
                step: operation(key.step), callee: key.callee < 0 ? nil : operation(key.callee),
                isDatabase: key.isDatabase)
        }
        func named<Key, Name, Value>(_ table: BoundedTable<Key, Value>, _ name: (Key) -> Name) -> [Name: Value] {
            Dictionary(table.values.map { (name($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        slow = profile.slow
        roots = profile.roots
        loss = profile.loss
        recordCount = profile.recordCount
        places = names.places.names
        hops = named(profile.hops) { key in
            let operation = operation(key.operation)
            return Hop(
                kind: key.kind, service: operation.service, target: names.targets.names[Int(key.target)],
                operation: operation.name)
        }
        operations = named(profile.operations) { operation($0) }
        stops = named(profile.stops) { Stop(operation: operation($0.operation), after: $0.after.map { call($0) }) }
        calls = named(profile.calls) { CallEdge(operation: operation($0.operation), call: call($0.call)) }
        patterns = named(profile.patterns) { key in
            LoggedPattern(
                operation: operation(key.operation), severity: key.severity, text: names.patterns.names[Int(key.text)])
        }
    }
}
