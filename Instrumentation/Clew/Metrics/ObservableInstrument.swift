public import ClewModel
import Synchronization

/// Takes what the callback of an observable instrument observes.
public final class MetricObserver: Sendable {
    private let isSum: Bool
    private let definitions: [StreamTable.Definition]
    private let values: Mutex<[ObservedValues]>

    init(_ definitions: [StreamTable.Definition], isSum: Bool) {
        self.isSum = isSum
        self.definitions = definitions
        values = Mutex(definitions.map { _ in ObservedValues() })
    }

    /// Reports the value of this moment: of a counter its whole sum, not what was added.
    public func observe(_ value: Int, _ attributes: Attributes = []) { observe(.int(Int64(value)), attributes) }

    /// Reports the value of this moment: of a counter its whole sum, not what was added.
    public func observe(_ value: Double, _ attributes: Attributes = []) { observe(.double(value), attributes) }

    var observed: [ObservedValues] { values.withLock { $0 } }

    private func observe(_ value: NumberValue, _ attributes: Attributes) {
        if isSum, case .double(let value) = value, !value.isFinite { return }
        let attributes = attributes.canonical
        values.withLock { values in
            for (index, definition) in definitions.enumerated() {
                values[index].add(
                    value, definition.attributes.kept(of: attributes), limit: definition.limit, isSum: isSum)
            }
        }
    }
}

/// What was observed in one round, by the attributes that a view keeps.
struct ObservedValues: Sendable {
    private(set) var values: [Attributes: NumberValue] = [:]

    mutating func add(_ value: NumberValue, _ attributes: Attributes, limit: Int, isSum: Bool) {
        let isNew = values[attributes] == nil
        // The overflow counts towards the limit.
        let key =
            isNew && values.count >= limit - 1 ? [Attribute(SemanticConventions.metricOverflow, true)] : attributes
        values[key] = isSum ? (values[key] ?? .none).adding(value) : value
    }
}

/// The registration of a callback; see ``ClewMeter``.
public struct MetricObservation: Sendable {
    private let remove: @Sendable () -> Void

    init(_ remove: @escaping @Sendable () -> Void) {
        self.remove = remove
    }

    /// Removes the callback; one that is running ends by itself.
    public func cancel() { remove() }
}

/// An instrument that is asked for its values when metrics are collected.
final class ObservableInstrument: Sendable {
    /// What is asked for values, as long as it is wanted.
    struct Callback: Sendable {
        var isWanted: @Sendable () -> Bool
        var observe: @Sendable (MetricObserver) async -> Void
    }

    /// Below so many callbacks, those that are not wanted any more are not looked for.
    private static let fewCallbacks = 64

    private struct State {
        var callbacks: [(id: Int, callback: Callback)] = []
        var nextID = 0
        /// As soon as there are so many callbacks, those that are not wanted any more are looked for.
        var pruningCount = ObservableInstrument.fewCallbacks
        var round: Task<[ObservedValues], Never>?
        var isLate = false
        /// What the last collection of deltas saw, and when.
        var last: [ObservedValues]
        var deltaStart: UnixNanoseconds
    }

    let name: String
    let kind: InstrumentKind
    private let views: [StreamTable.Definition]
    private let start: UnixNanoseconds
    private let state: Mutex<State>

    init(name: String, kind: InstrumentKind, views: [StreamTable.Definition], start: UnixNanoseconds) {
        self.name = name
        self.kind = kind
        self.views = views
        self.start = start
        state = Mutex(State(last: views.map { _ in ObservedValues() }, deltaStart: start))
    }

    func add(_ callback: Callback) -> MetricObservation {
        prune()
        let id = state.withLock { state in
            state.nextID += 1
            state.callbacks.append((state.nextID, callback))
            return state.nextID
        }
        return MetricObservation { [weak self] in self?.remove([id]) }
    }

    /// Removes callbacks that are not wanted any more, as a collection does, where there is any. It looks when their number
    /// has doubled, so that adding stays cheap.
    private func prune() {
        let callbacks = state.withLock { $0.callbacks.count < $0.pruningCount ? [] : $0.callbacks }
        guard !callbacks.isEmpty else { return }
        // Without the lock: asking may be what lets an owner go, which then cancels its callback.
        let unwanted = callbacks.filter { !$0.callback.isWanted() }
        remove(Set(unwanted.map { $0.id }))
        state.withLock { $0.pruningCount = max(Self.fewCallbacks, 2 * $0.callbacks.count) }
    }

    private func remove(_ ids: Set<Int>) {
        // Let go without the lock: what they hold may cancel another callback as it goes.
        _ = state.withLock { state in
            defer { state.callbacks.removeAll { ids.contains($0.id) } }
            return state.callbacks
        }
    }

    /// Asks the callbacks, one after the other, in a task of its own; joins a round that is under way.
    ///
    /// - Returns: `nil` where there is no callback, or where one of an earlier round has still not come back.
    func observe() -> Task<[ObservedValues], Never>? {
        state.withLock { state in
            guard !state.callbacks.isEmpty, !state.isLate else { return nil }
            if let round = state.round { return round }
            let callbacks = state.callbacks
            let round = Task.detached {
                let observer = MetricObserver(self.views, isSum: self.kind != .observableGauge)
                for (id, callback) in callbacks {
                    if Task.isCancelled { break }
                    if callback.isWanted() { await callback.observe(observer) } else { self.remove([id]) }
                }
                self.state.withLock { state in
                    state.round = nil
                    state.isLate = false
                }
                return observer.observed
            }
            state.round = round
            return round
        }
    }

    /// Gives a round up whose time is over.
    ///
    /// - Returns: Whether it is still under way.
    func giveUp() -> Bool {
        let round = state.withLock { state in
            state.isLate = state.round != nil
            return state.round
        }
        round?.cancel()
        return round != nil
    }

    /// What is exported of a round, by view.
    func collect(_ observed: [ObservedValues], _ collection: MetricCollection) -> [(StreamTable.Definition, MetricData)]
    {
        let isDelta = collection.isDelta && kind == .observableCounter
        let (last, start) = state.withLock { state in
            guard isDelta else { return ([ObservedValues](), self.start) }
            defer {
                state.last = observed
                state.deltaStart = max(state.deltaStart, collection.time)
            }
            return (state.last, state.deltaStart)
        }
        return zip(views, observed).enumerated().compactMap { index, view in
            let points = view.1.values.compactMap { attributes, value -> NumberPoint? in
                var context = PointContext(attributes: attributes, start: start, time: max(start, collection.time))
                guard kind != .observableGauge else {
                    context.start = 0
                    return NumberPoint(context: context, value: value)
                }
                guard isDelta else { return NumberPoint(context: context, value: value) }
                let added = value.added(since: last[index].values[attributes] ?? .none)
                return added.map { NumberPoint(context: context, value: $0) }
            }
            guard !points.isEmpty else { return nil }
            if kind == .observableGauge { return (view.0, .gauge(points)) }
            let temporality = isDelta ? AggregationTemporality.delta : .cumulative
            return (
                view.0, .sum(points, temporality: temporality, isMonotonic: kind == .observableCounter)
            )
        }
    }
}

extension NumberValue {
    /// What a sum grew by; all of it where it fell, which means that it began again; `nil` where it stayed.
    func added(since earlier: NumberValue) -> NumberValue? {
        switch (self, earlier) {
        case (.none, _): nil
        case (_, .none): isPositive ? self : nil
        case (.int(let now), .int(let then)):
            now == then ? nil : now > then ? .int(now.subtractingReportingOverflow(then).partialValue) : self
        case (.int(let now), .double(let then)): NumberValue.double(Double(now)).added(since: .double(then))
        case (.double(let now), .int(let then)): NumberValue.double(now).added(since: .double(Double(then)))
        case (.double(let now), .double(let then)): now == then ? nil : now > then ? .double(now - then) : self
        }
    }
}
