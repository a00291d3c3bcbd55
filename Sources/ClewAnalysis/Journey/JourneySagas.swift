import ClewModel

/// The sagas of a journey.
struct JourneySagas {
    /// Beyond, further sagas are not listed.
    static let maximum = 100

    private struct Saga {
        var name: String
        var track = SagaTrack()
    }

    private var sagas: [String: Saga] = [:]

    mutating func add(_ span: JourneySpan, _ interval: Interval) {
        guard let id = span.sagaID, sagas[id] != nil || sagas.count < Self.maximum else { return }
        var saga = sagas[id] ?? Saga(name: "")
        if saga.name.isEmpty { saga.name = span.sagaName ?? "" }
        saga.track.add(span, interval)
        sagas[id] = saga
    }

    /// - Parameter steps: The drafts in order of time.
    func list(_ steps: [JourneyDraft]) -> [Journey.Saga] {
        sagas.map { id, saga -> Journey.Saga in
            let own = steps.filter { $0.step.sagaID == id }
            var list = Journey.Saga(
                name: saga.name, id: id, state: saga.track.state, start: saga.track.start, end: saga.track.end,
                runs: own.count { $0.step.kind == .resumption } + 1, lastStep: saga.track.step)
            let failed = Self.failedStep(own)
            (list.failedStep, list.failure) = (failed?.step.sagaStep, failed?.step.error)
            list.undone = own.filter { $0.step.kind == .compensation && !$0.step.isError }
                .compactMap { $0.step.sagaStep }
            return list
        }.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    }

    /// The first step of which no attempt succeeded, by its last attempt.
    private static func failedStep(_ steps: [JourneyDraft]) -> JourneyDraft? {
        let executed = steps.filter { $0.step.sagaStep != nil && $0.step.kind != .compensation }
        let done = Set(executed.filter { !$0.step.isError }.compactMap { $0.step.sagaStep })
        let failed = executed.filter { draft in draft.step.sagaStep.map { !done.contains($0) } ?? false }
        guard let first = failed.first else { return nil }
        return failed.last { $0.step.sagaStep == first.step.sagaStep }
    }

    /// The sagas without an end.
    var pending: [Journey.Pending] {
        sagas.compactMap { id, saga -> Journey.Pending? in
            guard !saga.track.state.isFinal else { return nil }
            return Journey.Pending(
                kind: saga.track.state == .parked ? .parkedSaga : .saga, name: saga.name, detail: id,
                service: saga.track.service, since: saga.track.last, traceID: saga.track.traceID)
        }
    }
}
