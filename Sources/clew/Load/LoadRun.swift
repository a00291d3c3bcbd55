import ClewModel
import Foundation
import NIOCore
import NIOPosix

/// Sends the requests of a schedule over a number of connections, and waits for the last.
struct LoadRun: Sendable {
    enum Target: Sendable {
        case http(HTTPEndpoint)
        case udp(HTTPEndpoint)
    }

    var target: Target
    var schedule: LoadSchedule
    var source: RequestSource
    var connections: Int

    struct Outcome: Sendable {
        var result: SenderResult
        var totals: LoadState.Totals
        /// From the start to the last acknowledgement.
        var seconds: Double
        /// Of this process.
        var generatorCPUSeconds: Double
        /// What was sent has numbers below this, without those in ``unsent``.
        var taken: Int
        var unsent: Set<Int>
        /// Why the run ended before its time.
        var failure: Failure?
    }

    func perform(
        on group: MultiThreadedEventLoopGroup, interrupts: Interrupts, progress: ProgressLine
    ) async throws -> Outcome {
        let cpu = ProcessUsage.ownCPUSeconds
        let state = LoadState(schedule, source, start: .now(), time: .now)
        let result = try await interrupts.during({ state.stop() }) {
            try await progress.during({ line(state) }) { try await send(state, on: group) }
        }
        let seconds = result.last.map { Double(($0 - state.start).nanoseconds) / 1e9 } ?? 0
        return Outcome(
            result: result, totals: state.totals, seconds: seconds,
            generatorCPUSeconds: ProcessUsage.ownCPUSeconds - cpu,
            taken: state.taken, unsent: state.unsent, failure: state.firstFailure)
    }

    private func send(_ state: LoadState, on group: MultiThreadedEventLoopGroup) async throws -> SenderResult {
        var futures: [EventLoopFuture<SenderResult>] = []
        for _ in 0..<connections {
            switch target {
            case .http(let endpoint): futures.append(HTTPSender.run(state, to: endpoint, on: group.next()))
            case .udp(let endpoint):
                futures.append(try await DatagramSender.run(state, to: endpoint, on: group.next()))
            }
        }
        var result = SenderResult()
        for future in futures { result.merge(try await future.get()) }
        return result
    }

    private func line(_ state: LoadState) -> String {
        let totals = state.totals
        let seconds = Double((NIODeadline.now() - state.start).nanoseconds) / 1e9
        let share = schedule.knownRequests.map { " of \($0)" } ?? ""
        let rate = seconds > 0 ? Int(Double(totals.spans) / seconds) : 0
        return "\(totals.requests)\(share) requests, \(rate) spans/s, \(totals.retries) retries"
    }
}

extension UInt64 {
    /// Nanoseconds since the Unix epoch, now.
    static var now: UnixNanoseconds { UnixNanoseconds(Swift.max(0, Date().timeIntervalSince1970) * 1e9) }
}
