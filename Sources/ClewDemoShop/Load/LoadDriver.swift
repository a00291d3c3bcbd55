import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Drives a shop's gateway at a fixed rate, whether it keeps up or not (an open loop).
///
/// It sends no telemetry and no trace context: the gateway is the root of every trace.
public final class LoadDriver: Sendable {
    private struct State {
        var summary = LoadSummary()
        var orders = PlacedOrders()
        var inFlight = 0
    }

    private static let timeout = TimeAmount.seconds(15)
    private static let largestAnswer = 1 << 20
    /// A thousand requests a second for the whole of their timeout; what is due beyond that is not sent, and counted.
    private static let mostInFlight = 15_000

    /// The gateway's URL, without a path.
    let target: String
    private let client: HTTPClient
    private let state = Mutex(State())

    /// - Parameters:
    ///   - target: The gateway's URL, without a path.
    ///   - orders: Ids of orders that an earlier load placed, which this one asks for before it has placed its own.
    public static func run(
        _ schedule: LoadSchedule,
        target: String,
        knowing orders: [String] = [],
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) async throws -> LoadSummary {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            let driver = LoadDriver(target: target, client: client)
            driver.remember(orders)
            return try await driver.run(schedule, progress: progress)
        }
    }

    init(target: String, client: HTTPClient) {
        self.target = target
        self.client = client
    }

    private func run(
        _ schedule: LoadSchedule,
        progress: @escaping @Sendable (LoadProgress) -> Void
    ) async throws -> LoadSummary {
        let start = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for (sent, planned) in schedule.enumerated() {
                try await Task.sleep(until: start + planned.due)
                progress(self.progress(sent: sent, of: schedule.count))
                guard admits() else { continue }
                group.addTask { await self.send(planned, due: start + planned.due) }
            }
        }
        return state.withLock { state in
            state.summary.lastOrders = state.orders.ids
            return state.summary
        }
    }

    private func progress(sent: Int, of planned: Int) -> LoadProgress {
        state.withLock { state in
            LoadProgress(sent: sent, planned: planned, ended: state.summary.count, errors: state.summary.errors)
        }
    }

    private func admits() -> Bool {
        state.withLock { state in
            guard state.inFlight < Self.mostInFlight else {
                state.summary.add(failure: "not sent: \(Self.mostInFlight) are in flight", duration: .zero)
                return false
            }
            state.inFlight += 1
            return true
        }
    }

    private func send(_ planned: PlannedRequest, due: ContinuousClock.Instant) async {
        defer { state.withLock { $0.inFlight -= 1 } }
        do {
            let response = try await client.execute(try request(planned.kind), timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            note(planned.kind, Int(response.status.code), body, ContinuousClock.now - due)
        } catch is CancellationError {
            return
        } catch {
            let duration = ContinuousClock.now - due
            state.withLock { $0.summary.add(failure: "\(error)", duration: duration) }
        }
    }

    private func note(_ kind: PlannedRequest.Kind, _ status: Int, _ body: ByteBuffer, _ duration: Duration) {
        var answer = CheckoutAnswer.other
        if case .checkout = kind { answer = CheckoutAnswer(status: status, body: body) }
        state.withLock { state in
            state.summary.add(status: status, duration: duration)
            switch answer {
            case .placed(let order): state.orders.add(order)
            case .refused(let order): state.summary.add(refused: order, status: status)
            case .other: break
            }
        }
    }

    // MARK: - Orders placed before

    private func remember(_ orders: [String]) {
        state.withLock { state in
            for order in orders { state.orders.add(order) }
        }
    }

    func placed(_ number: UInt64) -> String? { state.withLock { $0.orders.order(number) } }

    func takePlaced(_ number: UInt64) -> String? { state.withLock { $0.orders.take(number) } }
}
