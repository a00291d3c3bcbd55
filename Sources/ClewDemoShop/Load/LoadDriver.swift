import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Synchronization

/// Drives a shop's gateway at a fixed rate, whether it keeps up or not (an open loop).
///
/// It sends no telemetry and no trace context: the gateway is the root of every trace.
public final class LoadDriver: Sendable {
    private struct State {
        var summary = LoadSummary()
        /// The last orders placed, a ring.
        var orders: [String] = []
        var placed = 0
    }

    private static let rememberedOrders = 64
    private static let timeout = TimeAmount.seconds(15)

    private let target: String
    private let client: HTTPClient
    private let state = Mutex(State())

    /// - Parameter target: The gateway's URL, without a path.
    public static func run(
        _ schedule: LoadSchedule,
        target: String,
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) async throws -> LoadSummary {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            try await LoadDriver(target: target, client: client).run(schedule, progress: progress)
        }
    }

    private init(target: String, client: HTTPClient) {
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
                group.addTask { await self.send(planned, due: start + planned.due) }
            }
        }
        return state.withLock(\.summary)
    }

    private func progress(sent: Int, of planned: Int) -> LoadProgress {
        state.withLock { state in
            LoadProgress(sent: sent, planned: planned, ended: state.summary.count, errors: state.summary.errors)
        }
    }

    private func send(_ planned: PlannedRequest, due: ContinuousClock.Instant) async {
        do {
            let response = try await client.execute(try request(planned.kind), timeout: Self.timeout)
            let body = try await response.body.collect(upTo: 1 << 20)
            let duration = ContinuousClock.now - due
            state.withLock { $0.summary.add(status: Int(response.status.code), duration: duration) }
            if case .checkout = planned.kind, response.status == .created { remember(body) }
        } catch is CancellationError {
            return
        } catch {
            let duration = ContinuousClock.now - due
            state.withLock { $0.summary.add(failure: "\(error)", duration: duration) }
        }
    }

    private func request(_ kind: PlannedRequest.Kind) throws -> HTTPClientRequest {
        switch kind {
        case .products: return HTTPClientRequest(url: target + "/products")
        case .order(let number): return HTTPClientRequest(url: target + "/orders/\(knownOrder(number))")
        case .checkout(let order):
            var request = HTTPClientRequest(url: target + "/checkout")
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(order, allocator: ByteBufferAllocator()))
            return request
        }
    }

    private func remember(_ body: ByteBuffer) {
        guard let order = try? JSONDecoder().decode(OrdersService.Order.self, from: body) else { return }
        state.withLock { state in
            if state.orders.count < Self.rememberedOrders {
                state.orders.append(order.id)
            } else {
                state.orders[state.placed % Self.rememberedOrders] = order.id
            }
            state.placed += 1
        }
    }

    private func knownOrder(_ number: UInt64) -> String {
        state.withLock { state in
            state.orders.isEmpty ? "none-yet" : state.orders[Int(number % UInt64(state.orders.count))]
        }
    }
}
