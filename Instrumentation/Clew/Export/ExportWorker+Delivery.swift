import ClewModel

extension ExportWorker {
    /// How the attempts to send a request ended.
    private enum Delivery {
        /// Taken whole.
        case taken
        /// Counted as dropped, wholly or in part.
        case lost
        /// Not taken, and not counted yet.
        case left(ExportStatistics.DropReason, String)
        /// Too large for the receiver.
        case tooLarge(String)
    }

    /// Longest wait that a collector's `Retry-After` is granted.
    private static let longestWait = Duration.seconds(3600)
    /// Files that are sent before the queue has its turn again.
    private static let filesPerVisit = 16

    /// Sends one batch, again and again until it is taken, refused, or its time is over.
    ///
    /// - Returns: Whether all of it was taken.
    func deliver(_ batch: TelemetryBatch, _ run: inout Run) async -> Bool {
        await deliver(exporter.exportRequests(for: batch), until: deadline, &run)
    }

    /// Sends what waits on disk, oldest first, as long as the collector takes it.
    ///
    /// - Returns: Whether there may be more to send now.
    func recover(_ run: inout Run) async -> Bool {
        guard let spill, let exporter = exporter as? any RequestExporter else { return false }
        for _ in 0..<Self.filesPerVisit {
            guard !Task.isCancelled, !run.isFarewellOver, run.nextAttempt <= clock.monotonic(),
                let file = await spill.claim(settings.signal, time: clock.wall())
            else { return false }
            let request = exporter.request(file.protobuf, items: file.items, settings.signal)
            let deadline = self.deadline
            switch await send(request, until: deadline, &run) {
            case .left:
                await spill.giveBack(file)
                return false
            case .tooLarge(let reason):
                await split(request, reason, until: deadline, &run)
                await spill.remove(file)
            case .taken, .lost:
                await spill.remove(file)
            }
        }
        return true
    }

    /// When a batch that is begun now is given up.
    private var deadline: UInt64 { clock.monotonic() &+ UInt64(clamping: settings.timeout.nanoseconds) }

    private func deliver(_ requests: [ExportRequest], until deadline: UInt64, _ run: inout Run) async -> Bool {
        var wasTaken = true
        for request in requests {
            switch await send(request, until: deadline, &run) {
            case .taken: continue
            case .lost: break
            case .left(let reason, let message): await keep(request, reason, message)
            case .tooLarge(let reason): if await split(request, reason, until: deadline, &run) { continue }
            }
            wasTaken = false
        }
        return wasTaken
    }

    /// Sends the halves of a request, and their halves where they are too large as well.
    @discardableResult
    private func split(
        _ request: ExportRequest, _ reason: String, until deadline: UInt64, _ run: inout Run
    ) async -> Bool {
        guard let exporter = exporter as? any RequestExporter, let protobuf = request.protobuf,
            let batch = TelemetryBatch(request.signal, protobuf: protobuf), let (first, second) = batch.halves
        else {
            statistics.dropped(request.signal, .tooLarge, request.items, because: reason)
            return false
        }
        // An item beyond the limits of the decoder cannot be cut out of the request.
        let lost = max(0, request.items - batch.count)
        statistics.dropped(request.signal, .tooLarge, lost, because: reason)
        let requests = exporter.requests(for: first) + exporter.requests(for: second)
        return await deliver(requests, until: deadline, &run) && lost == 0
    }

    /// Onto the disk where there is one, else away.
    private func keep(_ request: ExportRequest, _ reason: ExportStatistics.DropReason, _ message: String) async {
        guard let spill, let protobuf = request.protobuf else {
            statistics.dropped(request.signal, reason, request.items, because: message)
            return
        }
        await spill.write(protobuf, items: request.items, request.signal, time: clock.wall())
    }

    private func send(_ request: ExportRequest, until deadline: UInt64, _ run: inout Run) async -> Delivery {
        let start = clock.monotonic()
        statistics.began(request)
        var last: ExportAnswer?
        let delivery = await attempt(request, until: deadline, &run, &last)
        statistics.ended(request, last, nanoseconds: clock.monotonic() &- start)
        return delivery
    }

    /// Attempts to send a request until it is taken or refused, or its time is over; with a disk to keep it on, once.
    private func attempt(
        _ request: ExportRequest, until deadline: UInt64, _ run: inout Run, _ last: inout ExportAnswer?
    ) async -> Delivery {
        let canKeep = spill != nil && request.protobuf != nil
        while true {
            let reason = run.lastFailure
            guard !Task.isCancelled else { return .left(.shutdown, reason) }
            guard !run.isFarewellOver else { return .left(.unreachable, reason) }
            let now = clock.monotonic()
            guard now < deadline else { return .left(.unreachable, reason) }
            guard now < run.nextAttempt else {
                let answer = await request.send(.nanoseconds(Int64(clamping: deadline - now)))
                last = answer
                if let delivery = judge(answer, request, &run) { return delivery }
                continue
            }
            guard !canKeep, run.nextAttempt <= deadline else { return .left(.unreachable, reason) }
            await waitForNextAttempt(&run)
        }
    }

    /// What an answer means for the request and for when to try again; `nil` where the same request may be sent again.
    private func judge(_ answer: ExportAnswer, _ request: ExportRequest, _ run: inout Run) -> Delivery? {
        let signal = request.signal
        switch answer.outcome {
        case .retry(let asked, let reason):
            postpone(asked, reason, &run)
            return nil
        case .unreachable(let reason):
            postpone(nil, reason, &run)
            // Whoever stops does not wait for a collector that is not there.
            run.isFarewellOver = run.isStopping
            return nil
        case .accepted(let claimed):
            // A collector can claim anything.
            let rejected = min(max(claimed, 0), request.items)
            statistics.exported(signal, request.items - rejected)
            statistics.dropped(signal, .rejected, rejected, because: answer.message)
            if rejected == 0, !answer.message.isEmpty { statistics.warned(signal, answer.message) }
            run.succeeded()
            return rejected == 0 ? .taken : .lost
        case .sent(let claimed, let claimedTooLarge):
            let lost = min(max(claimed, 0), request.items)
            let tooLarge = min(max(claimedTooLarge, 0), request.items - lost)
            statistics.exported(signal, request.items - lost - tooLarge)
            statistics.dropped(signal, .unreachable, lost, because: answer.message)
            statistics.dropped(signal, .tooLarge, tooLarge, because: answer.message)
            run.succeeded()
            return lost + tooLarge == 0 ? .taken : .lost
        case .refused(let reason):
            statistics.dropped(signal, .refused, request.items, because: reason)
            run.succeeded()
            return .lost
        case .tooLarge(let reason):
            run.succeeded()
            return .tooLarge(reason)
        }
    }

    private func postpone(_ asked: Duration?, _ reason: String, _ run: inout Run) {
        run.failures = min(run.failures + 1, 1000)
        let asked = asked.map { min($0, Self.longestWait) }
        let delay = Backoff.delay(afterFailures: run.failures, asked: asked, using: &run.generator)
        run.nextAttempt = clock.monotonic() &+ UInt64(clamping: delay.nanoseconds)
        run.lastFailure = reason
    }
}
