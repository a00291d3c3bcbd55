import ClewModel
import Synchronization
import Tracing

/// A ``Sampler`` at work: the same tree, with the state that rate limits have.
indirect enum SamplerState: Sendable {
    case constant(SamplingDecision)
    /// Samples where the upper 63 of the id's low 64 bits are below it.
    case ratio(below: UInt64)
    case parentBased(root: SamplerState)
    case rateLimited(RateLimit, of: SamplerState)
    case rules([(rule: SamplingRule, sampler: SamplerState)], otherwise: SamplerState)
    case alwaysRecord(SamplerState)
    case custom(CustomSampler)

    init(_ sampler: Sampler, clock: TelemetryClock) {
        switch sampler {
        case .alwaysOn: self = .constant(.recordAndSample)
        case .alwaysOff: self = .constant(.drop)
        case .traceIDRatio(let ratio):
            switch ratio {
            case 1...: self = .constant(.recordAndSample)
            // Compared as the Go and Python SDKs do, so that all agree about a trace. The Java SDK compares the absolute
            // value of the same bits, and so agrees with none of them.
            case 0..<1: self = .ratio(below: UInt64(ratio * 0x1p63))
            default: self = .constant(.drop)
            }
        case .parentBased(let root): self = .parentBased(root: SamplerState(root, clock: clock))
        case .rateLimited(let rate, let inner):
            self = .rateLimited(RateLimit(perSecond: rate, clock: clock), of: SamplerState(inner, clock: clock))
        case .rules(let rules, let otherwise):
            self = .rules(
                rules.map { ($0, SamplerState($0.sampler, clock: clock)) },
                otherwise: SamplerState(otherwise, clock: clock))
        case .alwaysRecord(let inner): self = .alwaysRecord(SamplerState(inner, clock: clock))
        case .custom(let custom): self = .custom(custom)
        }
    }

    /// - Parameter hint: Asked only by rules and custom samplers.
    func decide(
        _ traceID: TraceID, parent: SpanCore?, name: String, kind: Tracing.SpanKind, hint: () -> SamplingHint?
    ) -> SamplingDecision {
        switch self {
        case .constant(let decision): return decision
        case .ratio(let bound): return traceID.low >> 1 < bound ? .recordAndSample : .drop
        case .parentBased(let root):
            guard let parent else { return root.decide(traceID, parent: nil, name: name, kind: kind, hint: hint) }
            return parent.spanContext.isSampled ? .recordAndSample : .drop
        case .rateLimited(let limit, let inner):
            let decision = inner.decide(traceID, parent: parent, name: name, kind: kind, hint: hint)
            guard decision == .recordAndSample else { return decision }
            return limit.take() ? .recordAndSample : .drop
        case .rules(let rules, let otherwise):
            let hint = hint()
            let sampler = rules.first { $0.rule.fits(hint) }?.sampler ?? otherwise
            return sampler.decide(traceID, parent: parent, name: name, kind: kind, hint: { hint })
        case .alwaysRecord(let inner):
            let decision = inner.decide(traceID, parent: parent, name: name, kind: kind, hint: hint)
            return decision == .drop ? .recordOnly : decision
        case .custom(let custom):
            return custom.decide(
                SamplingRequest(
                    traceID: traceID, parent: parent?.spanContext, name: name, kind: kind, hint: hint()))
        }
    }
}

/// A token bucket that holds what one second brings.
final class RateLimit: Sendable {
    private struct State {
        var tokens: Double
        var time: UInt64
    }

    private let perSecond: Double
    private let clock: TelemetryClock
    private let state: Mutex<State>

    /// - Parameter perSecond: Below zero, or no number, is zero.
    init(perSecond: Double, clock: TelemetryClock) {
        self.perSecond = max(0, perSecond.isNaN ? 0 : perSecond)
        self.clock = clock
        state = Mutex(State(tokens: self.perSecond > 0 ? max(1, self.perSecond) : 0, time: clock.monotonic()))
    }

    func take() -> Bool {
        let now = clock.monotonic()
        return state.withLock { state in
            let elapsed = now > state.time ? Double(now - state.time) / 1e9 : 0
            state.time = max(state.time, now)
            state.tokens = min(max(1, perSecond), state.tokens + elapsed * perSecond)
            guard state.tokens >= 1 else { return false }
            state.tokens -= 1
            return true
        }
    }
}
